/**
 * A peer that has no session: over its limit of prefixes, until its time has come or somebody lets it in; or refused.
 */
import assert from "node:assert/strict";
import { parseConfig, type PeerConfig } from "../../../../src/config/mod.ts";
import { CreditPool } from "../../../../src/daemon/peer/credits.ts";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import type { ToStore } from "../../../../src/daemon/thread/messages.ts";
import { Peer } from "../../../../src/daemon/peer/peer.ts";
import { peerView } from "../../../../src/daemon/peer/peer_view.ts";
import { cease, encodeOpen, keepaliveMessage } from "../../../../src/message/mod.ts";
import type { RibFact } from "../../../../src/rib/mod.ts";
import { Random } from "../../../simulation/random.ts";
import { VirtualClock } from "../../../simulation/virtual_clock.ts";
import { FakeConnection } from "./fake_connection.ts";

function peerConfig(): PeerConfig {
  const result = parseConfig(
    'router_id = "192.0.2.2"\ndefault_as = 65000\n' +
      '[[peers]]\nremote_ip = "192.0.2.1"\nremote_as = 65001\npassive = true\n',
  );
  assert.ok(result.kind === "config");
  return result.config.peers[0]!;
}

class SinglePeer {
  readonly clock = new VirtualClock(new Random(1));
  readonly states: (string | null | undefined)[] = [];
  readonly events: string[] = [];
  readonly peer: Peer;

  constructor() {
    this.peer = new Peer(1, "192.0.2.1", peerConfig(), {
      clock: this.clock,
      random: () => 1,
      dial: () => new Promise(() => {}),
      credits: new CreditPool(4),
      toRib: () => {},
      toStore: (message: ToStore) => {
        if (message.kind === "peerEvent") this.events.push(message.event.text);
        if (message.kind === "peerState") {
          this.states.push(`${message.state.state} ${message.state.reason ?? ""}`.trim());
        }
      },
      log: silentLog,
    });
    this.peer.start();
  }

  /** The peer connects; gives the connection, whatever became of it. */
  async connect(asn = 65001): Promise<FakeConnection> {
    const open = encodeOpen({ version: 4, asn, holdTimeSeconds: 0, routerId: 1, capabilities: [] });
    const connection = new FakeConnection("192.0.2.1", open, keepaliveMessage);
    this.peer.accept(connection);
    await this.clock.advance(0);
    return connection;
  }

  overLimit(restart: (RibFact & { kind: "sessionReset" })["restart"]): void {
    this.peer.fact({
      kind: "sessionReset",
      peerId: 1,
      epoch: this.peer.epoch,
      notification: cease(1),
      text: "ipv4 unicast, limit 100",
      message: new Uint8Array(0),
      ...restart === undefined ? {} : { restart },
    });
  }
}

Deno.test("RFC 4486 §4: a peer over its limit gets a Cease, and no session before the time is over", async () => {
  const held = new SinglePeer();
  const first = await held.connect();
  assert.equal(held.peer.state, "Established");
  held.overLimit({ kind: "after", seconds: 300 });
  assert.equal(first.goodbye, "6/1");
  const reason = "over max prefixes, session starts again at 2026-01-01T00:05:00Z: ipv4 unicast, limit 100";
  const view = peerView(held.peer, held.clock.now());
  assert.deepEqual([view.state, view.enabled, view.lastReason], ["Held", true, reason]);
  assert.equal(held.states.at(-1), `Held ${reason}`);
  await held.clock.advance(299_000);
  assert.equal((await held.connect()).goodbye, "6/5");
  assert.equal(held.peer.shownState, "Held");
  await held.clock.advance(1_000);
  assert.equal(held.peer.shownState, "Active");
  assert.equal((await held.connect()).goodbye, undefined);
  assert.equal(held.peer.shownState, "Established");
});

Deno.test("a peer that is away has no session since it lost the last one, whatever its states", async () => {
  const away = new SinglePeer();
  const since = () => Date.parse(peerView(away.peer, away.clock.now()).since);
  await away.clock.advance(5_000);
  await away.connect();
  const up = away.clock.now();
  assert.equal(since(), up);
  await away.clock.advance(5_000);
  const down = away.clock.now();
  away.overLimit(undefined);
  await away.clock.advance(5_000);
  await away.connect(64_999);
  assert.equal(since(), down, away.states.join());
  await away.clock.advance(5_000);
  away.peer.disable();
  assert.equal(since(), away.clock.now());
  await away.clock.advance(5_000);
  away.peer.enable();
  assert.equal(since(), away.clock.now());
});

Deno.test("RFC 4486 §4, negative: after another end of the session the peer is not held", async () => {
  const held = new SinglePeer();
  await held.connect();
  held.overLimit(undefined);
  assert.notEqual(held.peer.shownState, "Held");
  assert.equal((await held.connect()).goodbye, undefined);
  assert.equal(held.peer.shownState, "Established");
});

Deno.test("the reason of a drained session says until when, and goes with the drain", async () => {
  const held = new SinglePeer();
  await held.connect();
  held.peer.drain.begin(60_000, () => held.peer.disable());
  assert.equal(held.states.at(-1), "Established drained until 2026-01-01T00:01:00Z (RFC 8326)");
  held.peer.drain.cancel();
  assert.equal(held.states.at(-1), "Established");
  held.peer.drain.begin(60_000, () => held.peer.disable());
  await held.clock.advance(60_000);
  assert.match(held.states.at(-1)!, /^Disabled/);
  held.states.length = 0;
  held.peer.drain.cancel();
  assert.deepEqual(held.states, [], "negative: nothing to say of a session that is over");
});

Deno.test("peer enable and peer reset end the hold at once, peer disable keeps the peer down", async () => {
  for (const letIn of ["enable", "reset"] as const) {
    const held = new SinglePeer();
    await held.connect();
    held.overLimit({ kind: "never" });
    assert.equal(held.peer.lastReason, "over max prefixes, until peer enable: ipv4 unicast, limit 100");
    await held.clock.advance(7 * 24 * 3600_000);
    assert.equal(held.peer.shownState, "Held");
    if (letIn === "enable") held.peer.enable();
    else held.peer.reset(cease(4));
    assert.equal(held.peer.shownState, "Active");
    await held.connect();
    assert.equal(held.peer.shownState, "Established");
  }
  const held = new SinglePeer();
  await held.connect();
  held.overLimit({ kind: "after", seconds: 60 });
  held.peer.disable();
  await held.clock.advance(120_000);
  assert.equal(held.peer.shownState, "Disabled");
});

Deno.test("another configuration ends the hold, and so does the removal of the peer", async () => {
  const held = new SinglePeer();
  await held.connect();
  held.overLimit({ kind: "never" });
  held.peer.configure({ ...peerConfig(), description: "limit raised" }, { reset: false, between: () => {} });
  assert.equal(held.peer.shownState, "Active");
  await held.connect();
  held.overLimit({ kind: "after", seconds: 60 });
  held.peer.stop(cease(3));
  await held.clock.advance(120_000);
  assert.equal(held.peer.state, "Idle");
});

Deno.test("a restart of the daemon ends the hold", async () => {
  const held = new SinglePeer();
  await held.connect();
  held.overLimit({ kind: "after", seconds: 60 });
  await held.peer.abandon();
  await held.clock.advance(120_000);
  assert.equal(held.peer.state, "Idle");
});

Deno.test("after abandon, another configuration changes nothing: the rows of the database stay", async () => {
  const held = new SinglePeer();
  const connection = await held.connect();
  await held.peer.abandon();
  const states = [...held.states];
  for (const enabled of [true, false]) {
    const between = () => assert.fail("the RIB gets no configuration for a next session");
    held.peer.configure({ ...peerConfig(), enabled }, { reset: true, between });
  }
  await held.clock.advance(120_000);
  assert.equal(connection.goodbye, undefined, "no word to the peer");
  assert.deepEqual(held.states, states);
});

Deno.test("a peer that is held back dials on: what bgpd answers then is no event", async () => {
  const held = new SinglePeer();
  await held.connect();
  held.overLimit({ kind: "after", seconds: 300 });
  const ended = [...held.events];
  assert.ok(ended.some((text) => text.includes("Maximum Number of Prefixes Reached")), ended.join("; "));
  for (let i = 0; i < 5; i++) assert.equal((await held.connect()).goodbye, "6/5");
  assert.deepEqual(held.events, ended);
});

Deno.test("a refused OPEN: the event and the reason say both values, until there is a session", async () => {
  const held = new SinglePeer();
  assert.equal((await held.connect(65002)).goodbye, "2/2");
  const reason = "the peer says AS 65002, remote_as is 65001";
  assert.ok(
    held.events.includes(`sent NOTIFICATION OPEN Message Error / Bad Peer AS: ${reason}`),
    held.events.join("; "),
  );
  assert.equal(peerView(held.peer, held.clock.now()).lastReason, reason);
  assert.ok(held.states.some((state) => state!.endsWith(reason)));
  held.peer.reset(cease(4));
  await held.connect();
  assert.equal(held.peer.state, "Established");
  assert.equal(held.peer.lastReason, undefined);
});

Deno.test("a peer that accepts the connection and sends no OPEN is reported once the time for it is over", async () => {
  const held = new SinglePeer();
  held.peer.accept(new FakeConnection("192.0.2.1"));
  await held.clock.advance(239_000);
  assert.equal(held.peer.lastReason, undefined);
  await held.clock.advance(2_000);
  const reason = "connection from the peer ended in OpenSent: the peer sent nothing until the HoldTimer expired";
  assert.equal(held.peer.lastReason, reason);
  assert.ok(held.states.some((state) => state?.endsWith(reason)));
  assert.ok(held.events.includes(reason));
});
