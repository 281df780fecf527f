/**
 * Runs `eight_sessions.ts` in a network of its own: other rules hold for next hops on loopback addresses than for those
 * of routers.
 */
import { fileURLToPath } from "node:url";
import { run } from "../../support/process.ts";

/** The programs that it takes, beside the daemons. */
export const programs = ["unshare", "ip"];

export interface Played {
  readonly succeeded: boolean;
  readonly output: string;
}

export async function playEightSessions(seed: number, seconds: number): Promise<Played> {
  const file = fileURLToPath(new URL("eight_sessions.ts", import.meta.url));
  const script = 'ip link set lo up && ip addr add 192.0.2.1/24 dev lo && exec "$@"';
  const command = [Deno.execPath(), "run", "-A", "--no-check", file, String(seed), String(seconds)];
  const { code, stdout, stderr } = await run("unshare", ["--net", "sh", "-c", script, "sh", ...command]);
  return { succeeded: code === 0, output: `seed ${seed}: ${(stdout + stderr).trim()}` };
}
