/** Every script for ExaBGP, the slow ones, too: with ExaBGP and with bgpd, a third peer has the same routes. */
import { ours, shipped } from "../interop/exabgp/cases.ts";
import { compare } from "../interop/exabgp/compare.ts";
import type { Outcome } from "./main.ts";

const atOnce = 3;

export async function exabgpSoak(): Promise<Outcome> {
  const waiting = [...shipped, ...ours];
  const failures: string[] = [];
  const measured = { scripts: waiting.length };
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const failure = await compare(next);
      if (failure !== undefined) failures.push(failure);
    }
  }));
  return { measured, failures };
}
