/**
 * What a reload changes: peers added, removed and changed, and what each change does. Each key declares its reload
 * class.
 */

import type { Config, PeerConfig, PeerSettings, SpeakerSettings } from "./schema/settings.ts";
import { remoteOf } from "./features/peer_location.ts";
import type { ReloadClass, SettingTable } from "./keys/key.ts";
import { peerKeys, topKeys } from "./schema/tables.ts";

export interface ConfigDiff {
  readonly added: readonly PeerConfig[];
  readonly removed: readonly PeerConfig[];
  readonly changed: readonly PeerChange[];
  /** Fields of the top level that differ; those that take effect at the next start only are marked. */
  readonly speaker: readonly { readonly field: keyof SpeakerSettings; readonly needsRestart: boolean }[];
}

export interface PeerChange {
  readonly before: PeerConfig;
  readonly after: PeerConfig;
  readonly fields: readonly (keyof PeerSettings)[];
  /** Those of `fields` that end a session. Empty: the session goes on. */
  readonly resets: readonly (keyof PeerSettings)[];
}

/** The key that decides a field of the settings, and its reload class. */
interface FieldKey {
  readonly key: string;
  readonly reload: ReloadClass;
}

type Fields<F extends string> = ReadonlyMap<F, FieldKey>;

const peerFields = new Map([
  ...fieldsOf(peerKeys, ({ sets }) => sets),
  ...fieldsOf(topKeys, ({ setsOfPeers = {} }) => setsOfPeers),
]) as Fields<keyof PeerSettings>;

const speakerFields = fieldsOf(topKeys, ({ sets }) => sets) as Fields<keyof SpeakerSettings>;

/** Of several keys that decide a field, the key with the name of the field, or else the first, stands for it. */
function fieldsOf(
  table: SettingTable,
  sets: (row: SettingTable[string]) => Readonly<Record<string, ReloadClass>>,
): Fields<string> {
  const fields = new Map<string, FieldKey>();
  for (const [key, row] of Object.entries(table)) {
    for (const [field, reload] of Object.entries(sets(row))) {
      if (!fields.has(field) || key === field) fields.set(field, { key, reload });
    }
  }
  return fields;
}

/** What stands in both tables is a field of peers. */
const allFields: Fields<string> = new Map<string, FieldKey>([...speakerFields, ...peerFields]);

/** The key of a field, as people know it: `"holdTimeSeconds"` → `"hold_timer"`. */
export function keyName(field: keyof PeerSettings | keyof Config): string {
  return allFields.get(field)!.key;
}

export function diffConfig(before: Config, after: Config): ConfigDiff {
  const old = new Map(before.peers.map((peer) => [peer.name, peer]));
  const added: PeerConfig[] = [], removed: PeerConfig[] = [];
  const changed: PeerChange[] = [];
  for (const peer of after.peers) {
    const previous = old.get(peer.name);
    old.delete(peer.name);
    if (previous === undefined) {
      added.push(peer);
      continue;
    }
    if (remoteOf(previous) !== remoteOf(peer)) {
      // Another address is another session. What the database stores under the name stays.
      removed.push(previous);
      added.push(peer);
      continue;
    }
    const found = differing(peerFields, previous, peer);
    const fields = found.map(({ field }) => field);
    const resets = found.filter(({ reload }) => reload === "resets").map(({ field }) => field);
    if (fields.length > 0) changed.push({ before: previous, after: peer, fields, resets });
  }
  const speaker = differing(speakerFields, before, after)
    .map(({ field, reload }) => ({ field, needsRestart: reload === "next start" }));
  return { added, removed: [...removed, ...old.values()], changed, speaker };
}

/** The configuration that a run started with `before` continues with: what needs a restart stays as it was. */
export function whatRuns(before: Config, after: Config): Config {
  const waiting = [...speakerFields].filter(([, { reload }]) => reload === "next start");
  return { ...after, ...Object.fromEntries(waiting.map(([field]) => [field, before[field]])) };
}

function differing<F extends string>(
  fields: Fields<F>,
  before: { readonly [N in F]: unknown },
  after: { readonly [N in F]: unknown },
): { readonly field: F; readonly reload: ReloadClass }[] {
  return [...fields].map(([field, { reload }]) => ({ field, reload }))
    .filter(({ field, reload }) => reload !== "replaces" && !same(before[field], after[field]));
}

/** Equal by content: plain values, lists, octets and objects of these. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const ours = Object.entries(a), theirs = new Map(Object.entries(b));
  return ours.length === theirs.size && ours.every(([key, value]) => same(value, theirs.get(key)));
}
