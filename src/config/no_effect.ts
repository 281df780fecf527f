/**
 * Warnings about keys that have no effect beside other keys. Each key declares its condition. A key of a group has no
 * effect only where it has none for any of its peers.
 */

import type { PeerConfig, SpeakerSettings } from "./schema/settings.ts";
import type { Given } from "./keys/table.ts";
import { peerKeys, topKeys } from "./schema/tables.ts";
import type { Report, SourcePosition } from "./toml/errors.ts";

type Conditional<S> = readonly (readonly [key: string, noEffect: (settings: S) => string | undefined])[];

const peerConditions: Conditional<PeerConfig> = conditional<PeerConfig>(Object.entries(peerKeys));
const speakerConditions: Conditional<SpeakerSettings> = conditional<SpeakerSettings>(Object.entries(topKeys));

function conditional<S>(
  rows: readonly [string, { readonly noEffect?: (settings: S) => string | undefined }][],
): Conditional<S> {
  return rows.flatMap(([key, { noEffect }]) => noEffect === undefined ? [] : [[key, noEffect] as const]);
}

/** Collects what each key of peers and groups does for each peer, by the position where the key is written. */
export class KeyEffects {
  readonly #positions = new Map<string, { readonly at: SourcePosition; readonly text: string; hasEffect: boolean }>();

  /** `given`: what the peer and its groups write. */
  peer(peer: PeerConfig, given: Given<typeof peerKeys>): void {
    for (const [key, noEffect] of peerConditions) {
      if (!given.has(key as keyof typeof peerKeys)) continue;
      const at = given.at(key as keyof typeof peerKeys);
      const why = noEffect(peer);
      const name = `${at.line} ${at.column}`;
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
  for (const [name, noEffect] of speakerConditions) {
    const key = name as keyof typeof topKeys;
    if (!top.has(key)) continue;
    const why = noEffect(settings);
    if (why !== undefined) top.report.warn(top.at(key), `${key} has no effect: ${why}`);
  }
}
