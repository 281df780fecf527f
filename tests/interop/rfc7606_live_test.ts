/**
 * Malformed attributes, each sent to a running bgpd by an external and an internal peer. The view `rib` shows the
 * consequence that RFC 7606 asks for, the session stays or ends with the right NOTIFICATION, and the session and the
 * route of another peer stay as they were.
 */
import assert from "node:assert/strict";
import { MessageType } from "../../src/message/mod.ts";
import {
  type Consequence,
  frrRows,
  type MalformedRow,
  malformedUpdate,
  nlriOf,
  ownRows,
  peerAsns,
  type PeerKind,
  soundAttributes,
} from "../golden/malformed.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { attribute, updateOf } from "../support/wire.ts";
import { configHead } from "../support/config_text.ts";

/** One row as one kind of peer sends it, about a prefix of its own. */
interface Live {
  readonly title: string;
  readonly kind: PeerKind;
  readonly row: MalformedRow;
  readonly expected: Consequence;
  readonly prefix: string;
}

const rows = [...ownRows, ...frrRows()];
const live: readonly Live[] = rows.flatMap((row) =>
  (["external", "internal"] as const).flatMap((kind) => {
    const expected = row[kind];
    return expected === undefined ? [] : [{ kind, row, expected }];
  })
).map(({ kind, row, expected }, i) => {
  const title = `${row.description}, from an ${kind} peer: ${expected} (${row.rfc})`;
  return { title, kind, row, expected, prefix: `10.${1 + (i >> 8)}.${i & 255}.0/24` };
});

Deno.test(`${rows.length} malformed attributes on live sessions, another peer untouched`, (t) => sendAll(t));

async function sendAll(t: Deno.TestContext): Promise<void> {
  const resets = live.filter(({ expected }) => expected === "reset")
    .map((one) => ({ ...one, local: loopback() }));
  const [address, witness] = [loopback(), loopback()];
  const port = freePort(address);
  const remote = { external: loopback(), internal: loopback() };
  const peer = (local: string, kind: PeerKind) =>
    `[[peers]]\nremote_ip = "${local}"\nremote_as = ${peerAsns[kind]}\npassive = true\n`;
  await using bgpd = await startBgpd({
    config: [
      configHead({ address, port }),
      peer(remote.external, "external"),
      peer(remote.internal, "internal"),
      ...resets.map(({ local, kind }) => peer(local, kind)),
      peer(witness, "external"),
    ].join("\n"),
  });
  // They send no KEEPALIVE, and all of it takes its time.
  const connect = (local: string, kind: PeerKind) =>
    ScriptedPeer.connect({ local, address, port, asn: peerAsns[kind], holdTimeSeconds: 0 });
  const other = await connect(witness, "external");
  other.announce("198.51.100.0/24");
  const before = await waitFor("the witness's session and route", () => {
    const now = stateOf(bgpd, witness);
    return now.status?.["state"] === "Established" && now.routes.length === 1 && now;
  });

  for (const kind of ["external", "internal"] as const) {
    const mine = live.filter((one) => one.kind === kind && one.expected !== "reset");
    const session = await connect(remote[kind], kind);
    await t.step(`${mine.length} rows that the session of an ${kind} peer survives`, async (t) => {
      await survivors(t, bgpd, session, mine, remote[kind]);
    });
    session.close();
  }
  for (const one of resets) {
    await t.step(one.title, async () => await resetBy(one, bgpd, await connect(one.local, one.kind)));
  }

  assert.deepEqual(stateOf(bgpd, witness), before, "the other peer's session and route are as they were");
  assert.ok(other.received.every(({ type }) => type !== MessageType.notification));
  other.announce("198.51.101.0/24");
  await waitFor("one more route of the witness", () => routesOf(bgpd, witness).length === 2);
  other.close();
}

/** The session ends with the right NOTIFICATION and takes its route along. */
async function resetBy(one: Live & { readonly local: string }, bgpd: Bgpd, session: ScriptedPeer): Promise<void> {
  const { local, kind, row, prefix } = one;
  session.write(updateOf(soundAttributes(kind), nlriOf(prefix)));
  await waitFor("its route", () => routesOf(bgpd, local).length === 1);
  session.write(messageOf(one));
  const { code, subcode } = await session.notification();
  assert.equal(`${code}/${subcode}`, row.notification);
  await waitFor("its route to go", () => routesOf(bgpd, local).length === 0);
  const events = () => bgpd.sql("SELECT hex FROM peer_events WHERE kind = 'sessionReset' AND peer = ?", local);
  await waitFor("the event", () => events().length > 0);
  assert.deepEqual(events().map(({ hex }) => hex), [messageOf(one).toHex()], "the message is kept as hex");
}

/** Announces a sound route for each row, then announces the same prefix with the malformed attribute. */
async function survivors(
  t: Deno.TestContext,
  bgpd: Bgpd,
  session: ScriptedPeer,
  all: readonly Live[],
  local: string,
): Promise<void> {
  const last = "10.250.0.0/24";
  const first = [...soundAttributes(all[0]!.kind), attribute(0xc0, 8, "fde90001")];
  for (const { prefix } of all) session.write(updateOf(first, nlriOf(prefix)));
  await waitFor("a sound route for each", () => routesOf(bgpd, local).length === all.length);
  const events = () => bgpd.sql("SELECT kind, hex FROM peer_events WHERE hex IS NOT NULL AND peer = ?", local);
  const { state_since: since } = await waitFor("its session", () => {
    const { status } = stateOf(bgpd, local);
    return status?.["state"] === "Established" && status;
  });
  for (const one of all) session.write(messageOf(one));
  session.write(updateOf(first, nlriOf(last)));
  await waitFor("the last, sound route", () => routesOf(bgpd, local).some(({ prefix }) => prefix === last));
  const routes = new Map(routesOf(bgpd, local).map((route) => [route.prefix, route]));
  // Events take another way to the database than routes. The steps below name the events that never come.
  const written = () => new Set(events().map(({ kind, hex }) => `${kind} ${hex}`));
  const withdrawn = all.filter(({ expected }) => expected === "withdraw");
  const hasEvent = (one: Live) => written().has(`treatAsWithdraw ${messageOf(one).toHex()}`);
  await waitFor("an event for each withdraw", () => withdrawn.every(hasEvent), { timeoutMs: 20_000 }).catch(() => {});
  for (const one of all) {
    await t.step(one.title, () => {
      const route = routes.get(one.prefix);
      assert.equal(route === undefined, one.expected === "withdraw", "withdrawn");
      // The route that stays is the one of the second message, without the community of the first.
      if (route !== undefined) assert.equal(route.communities, null);
      else assert.ok(hasEvent(one), "the message is kept as hex");
    });
  }
  const { status } = stateOf(bgpd, local);
  assert.deepEqual([status!.state, status!.state_since], ["Established", since], "one session all along");
  assert.ok(session.received.every(({ type }) => type !== MessageType.notification), "and no NOTIFICATION");
}

function routesOf(bgpd: Bgpd, peer: string) {
  return bgpd.sql("SELECT prefix, communities, received_at FROM rib WHERE peer = ? ORDER BY prefix", peer);
}

function stateOf(bgpd: Bgpd, peer: string) {
  const [status] = bgpd.sql("SELECT state, state_since FROM peers WHERE remote_ip = ?", peer);
  return { status, routes: routesOf(bgpd, peer) };
}

function messageOf({ kind, row, prefix }: Live): Uint8Array {
  return malformedUpdate(row, kind, prefix);
}
