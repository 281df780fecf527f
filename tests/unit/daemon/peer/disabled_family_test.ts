/** A restart does not wait for the End-of-RIB of a family that the peer's own fault disabled. */
import assert from "node:assert/strict";
import { parseConfig } from "../../../../src/config/mod.ts";
import { CreditPool } from "../../../../src/daemon/peer/credits.ts";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import { Peer } from "../../../../src/daemon/peer/peer.ts";
import { encodeOpen, type FaultAction, keepaliveMessage, updateFault } from "../../../../src/message/mod.ts";
import { Random } from "../../../simulation/random.ts";
import { VirtualClock } from "../../../simulation/virtual_clock.ts";
import { FakeConnection } from "./fake_connection.ts";

for (const [action, ended] of [["familyDisable", [7]], ["treatAsWithdraw", []]] as [FaultAction, number[]][]) {
  Deno.test(`RFC 4724 §4.1: the fault ${action} stands for ${ended.length} End-of-RIBs`, async () => {
    const parsed = parseConfig(
      'router_id = "192.0.2.2"\ndefault_as = 65000\n' +
        '[[peers]]\nremote_ip = "192.0.2.1"\nremote_as = 65001\npassive = true\n',
    );
    assert.ok(parsed.kind === "config");
    const clock = new VirtualClock(new Random(1));
    const families: number[] = [];
    const peer = new Peer(1, "192.0.2.1", parsed.config.peers[0]!, {
      clock,
      random: () => 1,
      dial: () => new Promise(() => {}),
      credits: new CreditPool(4),
      toRib: () => {},
      toStore: () => {},
      log: silentLog,
      restart: {
        stateOf: () => ({ restarting: true, forwarding: false }),
        established: () => {},
        forget: () => {},
        endOfRib: (_peer, family) => void families.push(family),
      },
    });
    peer.start();
    const open = encodeOpen({ version: 4, asn: 65001, holdTimeSeconds: 0, routerId: 1, capabilities: [] });
    peer.accept(new FakeConnection("192.0.2.1", open, keepaliveMessage));
    await clock.advance(0);
    const fault = updateFault({ action, code: 14, subcode: 9, text: "an NLRI", rfc: "RFC 7606 §5.3", family: 7 });
    peer.fact({ kind: "fault", peerId: 1, epoch: peer.epoch, fault, message: new Uint8Array(0) });
    assert.deepEqual(families, ended);
    peer.disable();
  });
}
