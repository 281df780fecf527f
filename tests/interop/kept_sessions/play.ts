/** Runs `world.ts` in a network of its own: next hops on loopback addresses are judged by other rules than those of routers. */
import { fileURLToPath } from "node:url";
import { run } from "../../support/process.ts";

/** The programs that it takes, beside the daemons. */
export const programs = ["unshare", "ip"];

export interface Played {
  readonly succeeded: boolean;
  readonly said: string;
}

export async function playWorld(seed: number, seconds: number): Promise<Played> {
  const world = fileURLToPath(new URL("world.ts", import.meta.url));
  const script = 'ip link set lo up && ip addr add 192.0.2.1/24 dev lo && exec "$@"';
  const command = [Deno.execPath(), "run", "-A", "--no-check", world, String(seed), String(seconds)];
  const { code, stdout, stderr } = await run("unshare", ["--net", "sh", "-c", script, "sh", ...command]);
  return { succeeded: code === 0, said: `seed ${seed}: ${(stdout + stderr).trim()}` };
}
