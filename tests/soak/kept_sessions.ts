/**
 * Random rows, policies and peers decide what bgpd sends to BIRD, FRR, GoBGP and OpenBGPD: a dozen seeds, half a minute
 * each.
 */
import { playEightSessions } from "../interop/kept_sessions/play.ts";
import { ensureBgpd } from "../support/bgpd.ts";
import type { Outcome } from "./main.ts";

const runs = 12;
const seconds = 25;

export async function keptSessionsSoak(): Promise<Outcome> {
  await ensureBgpd();
  const first = crypto.getRandomValues(new Uint16Array(1))[0]!;
  const measured: string[] = [];
  const failures: string[] = [];
  for (let seed = first; seed < first + runs; seed++) {
    const { succeeded, output } = await playEightSessions(seed, seconds);
    (succeeded ? measured : failures).push(output);
  }
  return { measured, failures };
}
