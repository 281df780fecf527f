/** A peer that announces tens of thousands of paths of one prefix: what others and readers notice of it. */
import assert from "node:assert/strict";
import { emptyAttributeSet, encodeAttributeSet, UpdateEncoder } from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, parseAddress } from "../../src/types/mod.ts";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { testContext } from "../support/update_view.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

const count = 60_000;
const addPath = { kind: "addPath", families: [{ afi: 1, safi: 1, receive: false, send: true }] } as const;

/** Paths of one prefix, the identifiers falling. */
function paths(asn: number): Uint8Array {
  const encoder = new UpdateEncoder({
    ...testContext(),
    internal: false,
    addPathSend: familyMask([IPV4_UNICAST]),
    maxMessageBytes: 4096,
  });
  const nextHop = parseAddress("192.0.2.1")!;
  const set = { ...emptyAttributeSet(), origin: 0 as const, asPath: [{ type: 2 as const, asns: [asn] }], nextHop };
  encoder.begin(encodeAttributeSet(set), IPV4_UNICAST);
  for (let i = count; i > 0; i--) encoder.add(10 << 24, 0, 0, 0, 8, i);
  encoder.finish();
  return encoder.take();
}

Deno.test("60,000 paths of one prefix delay no other peer, nor do paths above the limit; show names them", async () => {
  const address = loopback();
  const port = freePort(address);
  const [any, limited, other] = [1, 2, 3].map((i) => ({ local: loopback(), asn: 65000 + i, routerId: i }));
  const config = configHead({ routerId: "10.0.0.254", address, port }) +
    [any!, limited!, other!].map(({ local, asn }, i) =>
      `[[peers]]\nremote_ip = "${local}"\nremote_as = ${asn}\npassive = true\n${
        ['add_path = "receive"\nadd_path_max_paths = 0', 'add_path = "receive"', ""][i]
      }\n`
    ).join("");
  await using bgpd = await startBgpd({ config });
  const connect = (peer: typeof any, capabilities: [typeof addPath] | []) =>
    ScriptedPeer.connect({ ...peer!, address, port, keepaliveMs: 20_000, capabilities });
  const sessions = [
    await connect(any, [addPath]),
    await connect(limited, [addPath]),
    await connect(other, []),
  ] as const;
  try {
    sessions[0].write(paths(65001));
    sessions[1].write(paths(65002));
    sessions[2].announce("11.0.0.0/8");
    // It was 19 s with more paths, on a quiet machine.
    await waitFor(
      "the other peer's route",
      () => bgpd.sql("SELECT 1 FROM rib WHERE prefix = '11.0.0.0/8'").length > 0,
      {
        timeoutMs: 15_000,
      },
    );
    await waitFor(
      "the paths",
      () => bgpd.sql("SELECT 1 FROM rib WHERE prefix = '10.0.0.0/8'").length === count + 64,
      { intervalMs: 500 },
    );
    assert.match(bgpd.log, /more than 64 paths of 10\.0\.0\.0\/8 \(add_path_max_paths\)/);
    const before = performance.now();
    const { code, stdout } = await bgpd.command("show", "routes", "10.0.0.0/8");
    assert.equal(code, 0);
    assert.ok(stdout.split("\n").length > 2 * count);
    // It was over two minutes.
    assert.ok(performance.now() - before < 60_000, `${performance.now() - before} ms`);
  } finally {
    for (const session of sessions) session.close();
  }
});
