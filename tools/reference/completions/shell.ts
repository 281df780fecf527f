/** What the completions of all shells have in common. */

import type { Completion } from "../../../src/control/mod.ts";

const note = 'Written by "deno task reference". Do not change this file by hand.';

/** For sed: the names of the peers in what `bgpd show peers --json` prints, one on each line. */
export const peersOfJson = String.raw`s/^ *{"peer":"\([^"]*\)".*/\1/p`;

export function isWords(value: Completion): value is readonly string[] {
  return typeof value !== "string";
}

/** Words of a route, such as `peer 192.0.2.1`: the names of peers follow one of them. */
export function leadToPeers(words: readonly string[]): boolean {
  return words.includes("peer");
}

/** The template with these texts in the places `@NAME@`. */
export function fromTemplate(template: string, texts: Readonly<Record<string, string>>): string {
  const all: Readonly<Record<string, string>> = { NOTE: note, PEERS: peersOfJson, ...texts };
  return template.replace(/@([A-Z]+)@/g, (mark, name: string) => all[name] ?? mark);
}
