/**
 * BIRD, FRR, GoBGP and OpenBGPD keep their sessions through whatever rows, policies and other peers make bgpd say:
 * random next hops, prefixes and attributes, with the seed of all tests that draw lots (`BGPD_SEED`). `deno task soak
 * kept-sessions` plays more.
 */
import assert from "node:assert/strict";
import { ensureBgpd } from "../support/bgpd.ts";
import { seed } from "../support/seed.ts";
import { playEightSessions, programs } from "./kept_sessions/play.ts";
import { canRun, routers } from "./star.ts";

const title = "BIRD, FRR, GoBGP and OpenBGPD keep their sessions whatever bgpd is made to say";
const seconds = 8;

Deno.test({
  name: title,
  ignore: !canRun(title, routers, ...programs),
  async fn() {
    await ensureBgpd();
    const { succeeded, output } = await playEightSessions(seed, seconds);
    assert.ok(succeeded, output);
    console.log(output.replaceAll("\n", "; "));
  },
});
