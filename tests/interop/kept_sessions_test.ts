/**
 * BIRD, FRR, GoBGP and OpenBGPD keep their sessions through whatever rows, policies and other peers make bgpd say: random next
 * hops, prefixes and attributes, with the seed of all tests that draw lots (`BGPD_SEED`).
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ensureBgpd } from "../support/bgpd.ts";
import { run } from "../support/process.ts";
import { seed } from "../support/seed.ts";
import { canRun, routers } from "./star.ts";

const title = "BIRD, FRR, GoBGP and OpenBGPD keep their sessions whatever bgpd is made to say";
const seconds = 8;

Deno.test({
  name: title,
  ignore: !canRun(title, routers, "unshare", "ip"),
  async fn() {
    await ensureBgpd();
    const world = fileURLToPath(new URL("kept_sessions/world.ts", import.meta.url));
    // A network of its own: next hops on loopback addresses are judged by other rules than those that routers use.
    const script = 'ip link set lo up && ip addr add 192.0.2.1/24 dev lo && exec "$@"';
    const command = [Deno.execPath(), "run", "-A", "--no-check", world, String(seed), String(seconds)];
    const { code, stdout, stderr } = await run("unshare", ["--net", "sh", "-c", script, "sh", ...command]);
    assert.equal(code, 0, `seed ${seed}\n${stdout}${stderr}`);
    console.log(`seed ${seed}: ${stdout.trim().replaceAll("\n", "; ")}`);
  },
});
