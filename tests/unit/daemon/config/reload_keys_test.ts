/**
 * A reload, key by key: each is changed on one of two peers with sessions. The log says in advance whether its session
 * resets or stays, that is what happens, the new value holds, and the other peer sees nothing of it.
 */
import assert from "node:assert/strict";
import { type Config, parseConfig, ribPeer } from "../../../../src/config/mod.ts";
import { groupKeys, peerKeys, routeKeys, topKeys } from "../../../../src/config/schema/tables.ts";
import { decodeOpen, type Open } from "../../../../src/message/mod.ts";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { announce, announceNlri, RibRig, wire } from "../../rib/support.ts";
import { familyMask, IPV4_FLOWSPEC } from "../../../../src/types/mod.ts";
import type { RibPeer } from "../../../../src/rib/mod.ts";
import { emptyCounters } from "../../../../src/rib/in/facts.ts";
import type { FakeConnection } from "../peer/fake_connection.ts";
import { type KeyRow, peerRows, routeRows, topRows } from "./reload_keys.ts";
import { ReloadingDaemon } from "./reloading_daemon.ts";

const one = "192.0.2.1";
const other = "192.0.2.5";
const network = "192.0.2.0/30";

function parsed(text: string): Config {
  const result = parseConfig(text);
  assert.ok(result.kind === "config", JSON.stringify(result, undefined, 1) + text);
  return result.config;
}

function table(name: string, keys: Readonly<Record<string, string>>): string {
  return `[[${name}]]\n${Object.entries(keys).map(([key, value]) => `${key} = ${value}\n`).join("")}`;
}

/** Both peers; `keys` are those of the first, or of its group. */
function configOf(keys: Readonly<Record<string, string>>, isMember: boolean, inGroup: boolean): Config {
  const place = { remote_ip: `"${isMember ? network : one}"` };
  const usual = { remote_as: "65001", ...isMember ? {} : { passive: "true" } };
  return parsed([
    'router_id = "0.0.0.1"\ndefault_as = 65000\n',
    table("groups", { name: '"empty"' }),
    inGroup ? table("groups", { name: '"lab"', ...usual, ...keys }) : "",
    table("peers", inGroup ? { ...place, group: '"lab"' } : { ...place, ...usual, ...keys }),
    table("peers", { remote_ip: `"${other}"`, remote_as: "65001", passive: "true" }),
  ].join("\n"));
}

/** Longer than any delay_open here. */
function connect(daemon: ReloadingDaemon, address: string, asn: number): Promise<FakeConnection> {
  return daemon.connect(address, { asn, milliseconds: 10_000 });
}

function openOf(connection: FakeConnection): Open {
  const result = decodeOpen(connection.sent[0]!);
  assert.ok(result.kind === "open");
  return result.open;
}

async function play(key: string, row: KeyRow, inGroup: boolean): Promise<void> {
  const isMember = row.member === true;
  const before = { ...row.with, ...row.from === undefined ? {} : { [key]: row.from } };
  const daemon = new ReloadingDaemon(configOf(before, isMember, inGroup));
  const connection = await connect(daemon, one, row.asn ?? 65001);
  const untouched = await connect(daemon, other, 65001);
  const [peer, neighbour] = [daemon.peers.find(one)!, daemon.peers.find(other)!];
  assert.deepEqual([peer.state, neighbour.state], ["Established", "Established"]);

  const after = configOf({ ...row.with, [key]: row.to }, isMember, inGroup);
  const name = isMember ? network : one;
  daemon.clear();
  const keys = new Map(row.key === undefined ? [] : [[name, row.key]]);
  const [step, ...others] = daemon.plan(after, keys);
  assert.deepEqual([others, daemon.events, peer.state], [[], [], "Established"], "a plan changes nothing");
  const lines = await daemon.reload(after, keys);
  assert.deepEqual(lines, [step?.line]);
  const effect = row.session === "resets" || row.session === "ends" ? [{ peer: one, effect: row.session }] : [];
  assert.deepEqual(step?.sessions, effect, "the plan names the sessions that end");
  const effects = step?.routes.flatMap(({ effects }) => effects) ?? [];
  assert.equal(effects.includes("refresh"), row.asksAgain === true, "the plan says who is asked again");
  if (row.session === "stays" && !isMember) {
    const [was, is] = [configOf(before, false, inGroup), after].map(({ peers }) => ribPeer(1, one, peers[0]!));
    const renewed = daemon.toRib.findLast((message) => message.kind === "updatePeer")?.negotiated;
    const truth = effectsInRib(was!, is!, peer.session!.negotiated, renewed);
    // The routes of a client are decided again, but not evaluated.
    if (key !== "route_reflector_client") {
      assert.equal(effects.includes("import"), truth.evaluates, "the plan says whether received routes are evaluated");
    }
    assert.ok(effects.includes("export") || !truth.sends, "the plan says that something may be sent");
  }
  assert.deepEqual(lines, [`${isMember ? network : one}: ${key} changed, session ${row.session}`]);
  assert.equal(daemon.events[0], `log reload: ${lines[0]}`, "the log says it before anything happens");

  // RFC 4486 §4: Other Configuration Change; Administrative Shutdown.
  assert.equal(connection.goodbye, { stays: undefined, resets: "6/6", ends: "6/2" }[row.session]);
  assert.equal(daemon.events.some((word) => word === `rib sessionDown ${peer.id}`), row.session !== "stays");
  let open = openOf(connection);
  if (row.session === "stays") assert.deepEqual([peer.state, peer.epoch], ["Established", 1]);
  else {
    const again = await connect(daemon, one, row.asnThen ?? row.asn ?? 65001);
    assert.equal(again.goodbye, row.refused);
    if (row.refused === undefined) assert.deepEqual([peer.state, peer.epoch], ["Established", 2]);
    if (row.session === "resets") {
      open = openOf(again);
      const isAnother = again.sent[0]!.toHex() !== connection.sent[0]!.toHex();
      assert.equal(
        isAnother,
        row.connection !== true && row.refused === undefined,
        "only for another OPEN, or connection",
      );
    }
  }
  assert.equal(daemon.events.includes(`rib refresh ${peer.id}`), row.asksAgain === true);
  row.then({ config: peer.config, rib: lastUpdate(daemon, peer.id) ?? ribPeer(peer.id, one, peer.config), open });

  assert.deepEqual([neighbour.state, neighbour.epoch, untouched.goodbye], ["Established", 1, undefined]);
  assert.equal(daemon.events.some((word) => word.endsWith(` ${neighbour.id}`)), false, daemon.events.join("\n"));
  await daemon.end();
}

/** What a RIB does with the routes of a session, and for it, when its peer has another configuration. */
function effectsInRib(
  before: RibPeer,
  after: RibPeer,
  negotiated: Negotiated,
  renewed: Negotiated | undefined,
): { readonly evaluates: boolean; readonly sends: boolean } {
  const { rib } = new RibRig();
  // FlowSpec has a key of its own about the import.
  const families = negotiated.families | familyMask([IPV4_FLOWSPEC]);
  const others: RibPeer = { id: 2, address: Uint8Array.of(192, 0, 2, 5) };
  for (const peer of [before, others]) {
    rib.addPeer(peer);
    const remoteAsn = peer.id === 1 ? negotiated.remoteAsn : 65002;
    const session = { negotiated: { ...negotiated, families, remoteAsn, remoteRouterId: peer.id } };
    rib.sessionUp(peer.id, peer.id, {
      ...session,
      localAddress: Uint8Array.of(192, 0, 2, 9),
      remoteAddress: peer.address,
    });
    const set = wire({ nextHop: peer.address }, [remoteAsn]);
    rib.ingest(peer.id, peer.id, announce(session.negotiated, set, `10.${peer.id}.0.0/16`));
    const rule = announceNlri(session.negotiated, set, IPV4_FLOWSPEC, `destination 10.${peer.id}.0.0/16 protocol =udp`);
    rib.ingest(peer.id, peer.id, rule);
  }
  while (rib.decide());
  while (rib.pull(1, 1, 100_000) !== undefined);
  rib.updatePeer(after, renewed && { ...renewed, families });
  const evaluates = rib.decide(0);
  while (rib.decide());
  return { evaluates, sends: rib.hasOutput(1) };
}

function lastUpdate(daemon: ReloadingDaemon, id: number): RibPeer | undefined {
  const updates = daemon.toRib.filter((message) => message.kind === "updatePeer").map(({ peer }) => peer);
  return updates.findLast((peer) => peer.id === id);
}

for (const key of Object.keys(peerKeys)) {
  // Who has another is another peer.
  if (key === "remote_ip" || key === "interface" || key === "name") continue;
  Deno.test(`a change of ${key} does to the session what the log says in advance, and holds`, async () => {
    const row = peerRows[key];
    assert.ok(row !== undefined, "a new key needs a row in reload_keys.ts");
    await play(key, row, false);
    if (row.ownOnly !== true) {
      assert.ok(key in groupKeys);
      await play(key, row, true);
    }
  });
}

Deno.test("another remote_ip is another peer: the one is removed, the other added", async () => {
  const daemon = new ReloadingDaemon(configOf({}, false, false));
  const connection = await connect(daemon, one, 65001);
  const text = 'router_id = "0.0.0.1"\ndefault_as = 65000\n' +
    table("groups", { name: '"empty"' }) +
    table("peers", { remote_ip: '"192.0.2.2"', remote_as: "65001", passive: "true" }) +
    table("peers", { remote_ip: `"${other}"`, remote_as: "65001", passive: "true" });
  assert.deepEqual(await daemon.reload(parsed(text)), [`${one}: removed, session ends`, "192.0.2.2: added"]);
  assert.equal(connection.goodbye, "6/3");
  assert.deepEqual([...daemon.peers].map(({ address }) => address), [other, "192.0.2.2"]);
  await daemon.end();
});

Deno.test("another name is another peer; under the same name another remote_ip resets the session", async () => {
  const config = (ip: string, name: string) =>
    parsed(
      'router_id = "0.0.0.1"\ndefault_as = 65000\n' +
        table("peers", { name: `"${name}"`, remote_ip: `"${ip}"`, remote_as: "65001", passive: "true" }),
    );
  const daemon = new ReloadingDaemon(config(one, "a"));
  const connection = await connect(daemon, one, 65001);
  assert.deepEqual(await daemon.reload(config(one, "b")), [
    `a: removed, session ends (b has its address now and is another peer)`,
    "b: added",
  ]);
  assert.equal(connection.goodbye, "6/3");
  assert.deepEqual([...daemon.peers].map(({ name, address }) => [name, address]), [["b", one]]);
  const again = await connect(daemon, one, 65001);
  assert.deepEqual(await daemon.reload(config("192.0.2.2", "b")), [
    `b: remote_ip changed from ${one} to 192.0.2.2, session resets`,
  ]);
  assert.equal(again.goodbye, "6/3");
  const there = await connect(daemon, "192.0.2.2", 65001);
  assert.equal(there.goodbye, undefined);
  assert.deepEqual([...daemon.peers].map(({ name, address, state }) => [name, address, state]), [
    ["b", "192.0.2.2", "Established"],
  ]);
  await daemon.end();
});

Deno.test("a group's own name and groups reach its peers as their group does", async () => {
  const config = (groups: string, group: string) =>
    parsed(
      `router_id = "0.0.0.1"\ndefault_as = 65000\n${groups}` +
        table("peers", { remote_ip: `"${one}"`, remote_as: "65001", passive: "true", group }),
    );
  const base = table("groups", { name: '"base"', hold_timer: "30" });
  const daemon = new ReloadingDaemon(config(table("groups", { name: '"lab"' }) + base, '"lab"'));
  const renamed = config(table("groups", { name: '"bal"' }) + base, '"bal"');
  assert.deepEqual(await daemon.reload(renamed), [`${one}: group changed, session stays`]);
  const inherits = config(table("groups", { name: '"bal"', group: '"base"' }) + base, '"bal"');
  assert.deepEqual(await daemon.reload(inherits), [`${one}: group, hold_timer changed, session resets`]);
  await daemon.end();
});

for (const key of Object.keys(routeKeys)) {
  Deno.test(`a change of ${key} of a static route is announced, the session stays`, async () => {
    const row = routeRows[key];
    assert.ok(row !== undefined, "a new key needs a row in reload_keys.ts");
    const config = (route: Record<string, string>) => {
      const entries = Object.entries({ prefix: '"9.9.9.0/24"', ...route }).map(([key, value]) => `${key} = ${value}`);
      return configOf({ static_routes: `[{ ${entries.join(", ")} }]` }, false, false);
    };
    const daemon = new ReloadingDaemon(config({}));
    const connection = await connect(daemon, one, 65001);
    assert.deepEqual(await daemon.reload(config({ [key]: row.to })), [`${one}: static_routes changed, session stays`]);
    assert.equal(connection.goodbye, undefined);
    row.then(lastUpdate(daemon, daemon.id(one))!.originated![0]!);
    await daemon.end();
  });
}

/** Keys of these have tests of their own. */
const tables = ["groups", "peers", "include"];

for (const key of Object.keys(topKeys).filter((key) => !tables.includes(key))) {
  Deno.test(`a change of ${key} at the top level takes effect, or is said to at the next start`, async () => {
    const row = topRows[key];
    assert.ok(row !== undefined, "a new key needs a row in reload_keys.ts");
    const config = (changed: Record<string, string>) => {
      const keys = { router_id: '"0.0.0.1"', default_as: "65000", ...row.with, ...changed };
      const top = Object.entries(keys).map(([key, value]) => `${key} = ${value}\n`).join("");
      const peer = (ip: string) => table("peers", { remote_ip: `"${ip}"`, remote_as: "65001", passive: "true" });
      return parsed(top + peer(one) + peer(other));
    };
    const daemon = new ReloadingDaemon(config({}));
    const connections = [await connect(daemon, one, 65001), await connect(daemon, other, 65001)];
    daemon.clear();
    const lines = await daemon.reload(config({ [key]: row.to }));
    assert.deepEqual(lines, [
      ...row.peers === undefined ? [] : [one, other].map((ip) => `${ip}: ${row.peers}`),
      ...row.says === undefined ? [] : [`${row.name ?? key} changed${row.says}`],
    ]);
    assert.deepEqual(daemon.events.slice(0, lines.length), lines.map((line) => `log reload: ${line}`));
    const goodbye = row.peers?.endsWith("resets") === true ? "6/6" : undefined;
    assert.deepEqual(connections.map((connection) => connection.goodbye), [goodbye, goodbye]);
    const all = daemon.toRib.filter(({ kind }) => kind === "originate" || kind === "policies" || kind === "multipath");
    assert.deepEqual(all.map(({ kind }) => kind), row.rib === undefined ? [] : [row.rib]);
    assert.equal(daemon.toRib.length > all.length, row.peers !== undefined);
    await daemon.end();
  });
}

Deno.test("no row is left over from a key that is gone", () => {
  for (const key of Object.keys(peerRows)) assert.ok(key in peerKeys, key);
  for (const key of Object.keys(routeRows)) assert.ok(key in routeKeys, key);
  for (const key of Object.keys(topRows)) assert.ok(key in topKeys, key);
});

/**
 * Keys whose change may need a new session, changed so that the OPEN, its outcome and the connection are as they were.
 */
const needless: readonly { before: Record<string, string>; after: Record<string, string> }[] = [
  { before: {}, after: { restart_time: "99" } },
  { before: { graceful_restart: '"off"' }, after: { graceful_restart: '"off"', restart_time: "99" } },
  { before: {}, after: { llgr_stale_time: "99" } },
  { before: { graceful_restart: '"full"' }, after: { graceful_restart: '"full"', llgr_stale_time: "99" } },
  { before: {}, after: { local_ip: '"192.0.2.2"' } },
  { before: { local_ip: '"192.0.2.2"' }, after: {} },
  { before: {}, after: { extended_next_hop: "false" } },
  { before: {}, after: { families: '["ipv4 unicast", "ipv6 unicast"]' } },
  { before: { password_file: '"a.key"' }, after: { password_file: '"b.key"' } },
];

for (const { before, after } of needless) {
  Deno.test(`a session stays where its OPEN and connection would be the same: ${JSON.stringify(after)}`, async () => {
    const keys = new Map("password_file" in after ? [[one, "one key"]] : []);
    const daemon = new ReloadingDaemon(configOf({}, false, false));
    await daemon.reload(configOf(before, false, false), keys);
    const connection = await connect(daemon, one, 65001);
    const lines = await daemon.reload(configOf(after, false, false), keys);
    if (lines.length > 0) assert.match(lines.join(), / changed, session stays$/);
    assert.equal(connection.goodbye, undefined);
    await daemon.end();
  });
}

Deno.test("remote_as becomes the AS that the members of a network sent: their sessions stay", async () => {
  const config = (more: Record<string, string>) =>
    parsed(`router_id = "0.0.0.1"\ndefault_as = 65000\n${table("peers", { remote_ip: `"${network}"`, ...more })}`);
  const daemon = new ReloadingDaemon(config({}));
  const connection = await connect(daemon, one, 65001);
  assert.deepEqual(await daemon.reload(config({ remote_as: "65001" })), [
    `${network}: remote_as changed, session stays`,
  ]);
  assert.equal(connection.goodbye, undefined);
  assert.deepEqual(await daemon.reload(config({ remote_as: "65002" })), [
    `${network}: remote_as changed, session resets`,
  ]);
  assert.equal(connection.goodbye, "6/6");
  await daemon.end();
});

Deno.test("a limit below what the peer has: the log says in advance that the session ends", async () => {
  const daemon = new ReloadingDaemon(configOf({}, false, false));
  await connect(daemon, one, 65001);
  const peer = daemon.peers.find(one)!;
  peer.counters = { ...emptyCounters(), routes: { 1: 7 } };
  peer.reportStatistics();
  assert.deepEqual(await daemon.reload(configOf({ max_prefixes: "10" }, false, false)), [
    `${one}: max_prefixes changed, session stays`,
  ]);
  assert.deepEqual(await daemon.reload(configOf({ max_prefixes: "5" }, false, false)), [
    `${one}: max_prefixes changed, session ends: 7 routes of ipv4 unicast, limit 5`,
  ]);
  await daemon.end();
});
