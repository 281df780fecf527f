/**
 * Warnings about keys that have no effect beside other keys. Each key declares its condition. A key of a group has no
 * effect only where it has none for any of its peers.
 */

import type { PeerConfig, SpeakerSettings } from "./schema/settings.ts";
import { rowsOf } from "./keys/key.ts";
import type { Given } from "./keys/table.ts";
import { peerKeys, topKeys } from "./schema/tables.ts";
import type { Report, SourcePosition } from "./toml/errors.ts";

type NoEffect<S> = (settings: S) => string | undefined;
type Conditional<K, S> = readonly (readonly [key: K, noEffect: NoEffect<S>])[];

const peerConditions = conditional<keyof typeof peerKeys, PeerConfig>(rowsOf(peerKeys));
const speakerConditions = conditional<keyof typeof topKeys, SpeakerSettings>(rowsOf(topKeys));

function conditional<K, S>(rows: readonly [K, { readonly noEffect?: NoEffect<S> }][]): Conditional<K, S> {
  return rows.flatMap(([key, { noEffect }]) => noEffect === undefined ? [] : [[key, noEffect] as const]);
}

/** Collects what each key of peers and groups does for each peer, by the position where the key is written. */
export class KeyEffects {
  readonly #positions = new Map<string, { readonly at: SourcePosition; readonly text: string; hasEffect: boolean }>();

  /** `given`: what the peer and its groups write. */
  peer(peer: PeerConfig, given: Given<typeof peerKeys>): void {
    for (const [key, noEffect] of peerConditions) {
      if (!given.has(key)) continue;
      const at = given.at(key);
      const why = noEffect(peer);
      const name = `${at.file ?? ""} ${at.line} ${at.column}`;
      const known = this.#positions.get(name);
      if (known === undefined) {
        this.#positions.set(name, { at, text: `${key} has no effect: ${why}`, hasEffect: why === undefined });
      } else known.hasEffect ||= why === undefined;
    }
  }

  /** Warns of keys that change nothing for any peer. */
  report(report: Report): void {
    for (const { at, text, hasEffect } of this.#positions.values()) if (!hasEffect) report.warn(at, text);
  }
}

export function warnOfSpeaker(settings: SpeakerSettings, top: Given<typeof topKeys>): void {
  for (const [key, noEffect] of speakerConditions) {
    if (!top.has(key)) continue;
    const why = noEffect(settings);
    if (why !== undefined) top.report.warn(top.at(key), `${key} has no effect: ${why}`);
  }
}
