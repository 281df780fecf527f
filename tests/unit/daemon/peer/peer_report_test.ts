import assert from "node:assert/strict";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import type { ToStore } from "../../../../src/daemon/thread/messages.ts";
import { PeerReport } from "../../../../src/daemon/peer/peer_report.ts";
import { cease, CeaseCode } from "../../../../src/message/mod.ts";
import { emptyCounters } from "../../../../src/rib/in/facts.ts";

Deno.test("a peer whose every UPDATE is wrong is reported a few times, then counted", () => {
  let now = 0;
  const lines: string[] = [];
  const sent: ToStore[] = [];
  const report = new PeerReport(1, "192.0.2.1", {
    clock: { now: () => 1_767_225_600_000 + now, monotonic: () => now, setTimer: () => ({ clear() {} }) },
    toStore: (message) => void sent.push(message),
    log: { ...silentLog, warn: (text) => void lines.push(text) },
  });
  const wrong = () => report.fault("attributeDiscard", "LOCAL_PREF: from an external peer", new Uint8Array(40));
  const events = () => sent.filter(({ kind }) => kind === "peerEvent").length;
  for (let i = 0; i < 100_000; i++) wrong();
  assert.equal(lines.length, 200);
  assert.equal(events(), 200);
  report.statistics(emptyCounters());
  assert.equal(lines.at(-1), "192.0.2.1: 99800 more UPDATEs like this are not logged one by one");
  assert.equal(events(), 201, "the number stands in the database too");
  report.statistics(emptyCounters());
  assert.equal(lines.length, 201);
  // A while later it may speak again.
  now = 10_000;
  for (let i = 0; i < 100; i++) wrong();
  assert.equal(lines.length, 211);
});

Deno.test("a peer that connects only to be refused, again and again, is reported a few times, then counted", () => {
  let now = 0;
  const lines: string[] = [];
  const sent: ToStore[] = [];
  const say = (text: string) => void lines.push(text);
  const report = new PeerReport(1, "192.0.2.1", {
    clock: { now: () => 1_767_225_600_000 + now, monotonic: () => now, setTimer: () => ({ clear() {} }) },
    toStore: (message) => void sent.push(message),
    log: { ...silentLog, warn: say, info: say },
  });
  const refused = () => {
    report.notificationReceived(cease(CeaseCode.connectionRejected));
    report.note("connection from the peer ended in OpenSent");
  };
  for (let i = 0; i < 10_000; i++) refused();
  assert.equal(lines.length, 200);
  assert.equal(sent.length, 100);
  now = 2_000;
  refused();
  assert.deepEqual(lines.slice(200), [
    "192.0.2.1: received NOTIFICATION Cease / Connection Rejected; the peer does not accept us: check that it has " +
    "our address and AS as a peer, and that the peer is enabled there " +
    "(19800 earlier lines like this are not logged one by one)",
    "192.0.2.1: connection from the peer ended in OpenSent",
  ]);
});
