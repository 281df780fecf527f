/** What bgpd takes before any peer is there: what an operator sees all day on a machine with few routes. */
import assert from "node:assert/strict";
import { startBgpd } from "../support/bgpd.ts";
import { configHead } from "../support/config_text.ts";
import { memoryOf } from "../support/memory.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";

/** It takes 55 to 65 MB. A library more in a thread, or a table that does not start small, takes 10 MB and more. */
const mostMegabytes = 80;

Deno.test("at rest, after it answered over its control socket, bgpd takes 80 MB at most", async () => {
  const peer = `[[peers]]\nremote_ip = "127.0.0.2"\nremote_as = 64501\npassive = true\n`;
  const address = loopback();
  const config = configHead({ address, port: freePort(address) }) + peer;
  await using bgpd = await startBgpd({ config });
  for (const path of ["status", "peers"]) {
    const url = `http://bgpd/api/v1/${path}`;
    const { code, stderr } = await run("curl", ["-sf", "--unix-socket", `${bgpd.database}.sock`, url]);
    assert.equal(code, 0, stderr);
  }
  const memory = () => memoryOf(bgpd.process.pid);
  await waitFor(`at most ${mostMegabytes} MB`, async () => (await memory()).rssMb <= mostMegabytes).catch(() => {});
  const { rssMb, lines } = await memory();
  assert.ok(rssMb <= mostMegabytes, lines);
});
