/**
 * From one configuration to another, without sockets: what peers, RIB and store receive, in which order, and what is
 * logged.
 */
import assert from "node:assert/strict";
import { type Config, parseConfig, ribPeer } from "../../../../src/config/mod.ts";
import { ControlError } from "../../../../src/control/mod.ts";
import { decodeAttributeSet } from "../../../../src/message/mod.ts";
import { Rib } from "../../../../src/rib/mod.ts";
import { TransportError } from "../../../../src/transport/mod.ts";
import { familyMask, IPV4_UNICAST } from "../../../../src/types/mod.ts";
import { advertisedTo } from "../../../support/advertised.ts";
import { ReloadingDaemon } from "./reloading_daemon.ts";
import { negotiated } from "../../../support/negotiated.ts";
import { configHead } from "../../../support/config_text.ts";
import { packedKeys } from "../../../../src/daemon/thread/origination_codec.ts";

const head = configHead({ routerId: "1.1.1.1" });

function config(text: string): Config {
  const result = parseConfig(head + text);
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config;
}

function peer(ip: string, more = ""): string {
  return `[[peers]]\nremote_ip = "${ip}"\nremote_as = 65001\npassive = true\n${more}\n`;
}

Deno.test("nothing is touched where nothing changed, comments and order apart", async () => {
  const daemon = new ReloadingDaemon(config(peer("192.0.2.1") + peer("192.0.2.2")));
  const before = [...daemon.peers];
  assert.deepEqual(await daemon.reload(config(`# new\n${peer("192.0.2.2")}${peer("192.0.2.1")}`)), []);
  assert.deepEqual(daemon.events, ["log reload: nothing changed"]);
  assert.deepEqual([...daemon.peers], before);
  await daemon.end();
});

Deno.test("everything is logged before anything happens; peers come, go and change", async () => {
  const daemon = new ReloadingDaemon(
    config(peer("192.0.2.1") + peer("192.0.2.2") + peer("192.0.2.3", "enabled = false")),
  );
  const lines = await daemon.reload(
    config(peer("192.0.2.1", "hold_timer = 30\nfamilies = ['ipv4 unicast']") + peer("192.0.2.3") + peer("192.0.2.4")),
  );
  assert.deepEqual(lines, [
    "192.0.2.2: removed, session ends",
    "192.0.2.1: hold_timer, families changed, session resets",
    "192.0.2.3: enabled changed, session starts",
    "192.0.2.4: added",
  ]);
  assert.deepEqual(daemon.events, [
    ...lines.map((line) => `log reload: ${line}`),
    "rib removePeer 2",
    "store removePeer 2",
    "rib updatePeer 1",
    "rib updatePeer 3",
    "rib addPeer 4",
  ]);
  assert.deepEqual(daemon.states(), { "192.0.2.1": "Active", "192.0.2.3": "Active", "192.0.2.4": "Active" });
  await daemon.end();
});

Deno.test("a change that a running session takes over is logged with: session stays", async () => {
  const daemon = new ReloadingDaemon(config(peer("192.0.2.1")));
  const [before] = daemon.peers;
  const after = 'description = "x"\nas_override = true\n[[peers.static_routes]]\nprefix = "9.9.9.0/24"';
  assert.deepEqual(await daemon.reload(config(peer("192.0.2.1", after))), [
    "192.0.2.1: description, static_routes, as_override changed, session stays",
  ]);
  assert.deepEqual([...daemon.peers], [before]);
  assert.equal(before!.config.description, "x");
  await daemon.end();
});

const policies = (pref: number) =>
  `[[policies]]\nname = "in"\ndefault = "accept"\n[[policies.rules]]\nset = { local_pref = ${pref} }\n`;

Deno.test("policies reach the RIB in one message, with the chains of peers whose sessions go on", async () => {
  const before = policies(1) + peer("192.0.2.1", 'import = "in"') + peer("192.0.2.2") + peer("192.0.2.3");
  const after = policies(2) + peer("192.0.2.1", 'import = "in"') + peer("192.0.2.2", 'import = "in"') +
    peer("192.0.2.3", 'import = "in"\nhold_timer = 30');
  const daemon = new ReloadingDaemon(config(before));
  await daemon.reload(config(after));
  assert.deepEqual(daemon.events.filter((line) => !line.startsWith("store")), [
    "log reload: 192.0.2.2: import changed, session stays",
    "log reload: 192.0.2.3: hold_timer, import changed, session resets",
    "log reload: policies changed, routes are re-evaluated, sessions stay",
    "rib policies",
    "rib updatePeer 2",
    "rib updatePeer 3",
  ]);
  const message = daemon.toRib.find(({ kind }) => kind === "policies");
  assert(message?.kind === "policies");
  assert.deepEqual(message.peers.map(({ id, import: chosen }) => [id, chosen]), [[2, ["in"]]]);
  daemon.toRib.length = 0;
  await daemon.reload(config(after));
  assert.deepEqual(daemon.toRib, [], "nothing changed");
  await daemon.end();
});

Deno.test("a password file with other contents resets the session, one with the same contents does not", async () => {
  const text = config(peer("192.0.2.1", 'password_file = "key"') + peer("192.0.2.2", 'password_file = "other"'));
  const daemon = new ReloadingDaemon(text, new Map([["192.0.2.1", "old"], ["192.0.2.2", "same"]]));
  const lines = await daemon.reload(text, new Map([["192.0.2.1", "new"], ["192.0.2.2", "same"]]));
  assert.deepEqual(lines, ["192.0.2.1: password_file changed, session resets"]);
  assert.equal(daemon.protection.keyOf("192.0.2.1"), "new");
  await daemon.end();
});

Deno.test("a key that the kernel refuses is reported, and nothing of the new configuration applies", async () => {
  const daemon = new ReloadingDaemon(config(peer("192.0.2.1") + peer("192.0.2.2")));
  daemon.protection.listen({
    address: "0.0.0.0",
    port: 179,
    accept: () => assert.fail(),
    setMd5: () => assert.fail(new TransportError("unsupported", "this kernel has no TCP MD5")),
    setTtlSecurity() {},
    setTtlSecurityForAll() {},
    close() {},
  });
  await assert.rejects(
    daemon.reload(config(peer("192.0.2.1", 'password_file = "key"')), new Map([["192.0.2.1", "secret"]])),
    (error: Error) => error instanceof ControlError && error.message === "this kernel has no TCP MD5",
  );
  assert.deepEqual([daemon.events, daemon.states()], [[], { "192.0.2.1": "Active", "192.0.2.2": "Active" }]);
  await daemon.end();
});

Deno.test("what was disabled at run time is as configured again", async () => {
  const text = config(peer("192.0.2.1"));
  const daemon = new ReloadingDaemon(text);
  daemon.peers.find("192.0.2.1")!.disable();
  assert.deepEqual(daemon.states(), { "192.0.2.1": "Disabled" });
  // But not where somebody only adds another peer.
  const more = config(peer("192.0.2.1") + peer("192.0.2.2"));
  assert.deepEqual(await daemon.reload(more, undefined, { keepsOverrides: true }), ["192.0.2.2: added"]);
  assert.deepEqual(daemon.states(), { "192.0.2.1": "Disabled", "192.0.2.2": "Active" });
  await daemon.reload(text, undefined, { keepsOverrides: true });
  assert.deepEqual(await daemon.reload(text), ["192.0.2.1: enabled again, as configured"]);
  assert.deepEqual(daemon.states(), { "192.0.2.1": "Active" });
  await daemon.end();
});

Deno.test("a reload ends a drain, as it enables a disabled peer, and logs it", async () => {
  const before = peer("192.0.2.1") + peer("192.0.2.2");
  const daemon = new ReloadingDaemon(config(before));
  const drain = () => [...daemon.peers].forEach((each) => daemon.peers.drain(each, 60_000));
  const marks = () =>
    daemon.toRib.splice(0).flatMap((message) =>
      message.kind === "updatePeer" ? [[message.peer.id, message.peer.gracefulShutdown ?? false]] : []
    );
  drain();
  assert.deepEqual(marks(), [[1, true], [2, true]]);
  await daemon.reload(config(before), undefined, { keepsOverrides: true });
  assert.deepEqual(marks(), [], "negative: somebody only adds or removes another peer");
  const lines = await daemon.reload(config(peer("192.0.2.1", 'description = "x"') + peer("192.0.2.2")));
  assert.deepEqual(lines, [
    "192.0.2.1: description changed, session stays",
    "192.0.2.1: not drained any more, as configured",
    "192.0.2.2: not drained any more, as configured",
  ]);
  assert.deepEqual(marks(), [[1, false], [2, false]]);
  assert.deepEqual([...daemon.peers].map(({ drain: { endsAt } }) => endsAt), [undefined, undefined]);
  await daemon.end();
});

Deno.test("a change that needs a restart says so; global static routes take effect at once", async () => {
  const daemon = new ReloadingDaemon(config('database = "a.db"\n[[static_routes]]\nprefix = "9.9.9.0/24"\n'));
  const lines = await daemon.reload(config('database = "b.db"\n[[static_routes]]\nprefix = "8.8.8.0/24"\n'));
  assert.deepEqual(lines.sort(), [
    "database changed, which takes effect at the next start",
    "static_routes changed",
  ]);
  const routes = daemon.toRib.flatMap((message) =>
    message.kind === "originate"
      ? packedKeys(message.packed).map((key) => `+${key}`)
      : message.kind === "unoriginate"
      ? message.keys.map((key) => `-${key}`)
      : []
  );
  assert.deepEqual(routes, ["+9.9.9.0/24", "-9.9.9.0/24", "+8.8.8.0/24"]);
});

Deno.test("a static default route of the peer takes precedence over default_originate", () => {
  const text = 'default_originate = true\n[[peers.static_routes]]\nprefix = "0.0.0.0/0"\nmed = 5';
  const [only] = config(peer("192.0.2.1", text)).peers;
  const rib = new Rib({ routerId: 0x01010101, now: () => 1 });
  rib.addPeer(ribPeer(1, "192.0.2.1", only!));
  const address = Uint8Array.of(192, 0, 2, 2);
  const context = negotiated({ remoteAsn: 65001, families: familyMask([IPV4_UNICAST]) });
  rib.sessionUp(1, 1, { negotiated: context, localAddress: address, remoteAddress: Uint8Array.of(192, 0, 2, 1) });
  while (rib.pull(1, 1, 65_536) !== undefined);
  assert.deepEqual(advertisedTo(rib, 1).map(({ wire }) => decodeAttributeSet(wire).med), [5]);
});

Deno.test("a removed peer that comes back begins where its epochs ended", async () => {
  const both = config(peer("192.0.2.1") + peer("192.0.2.2"));
  const daemon = new ReloadingDaemon(both);
  const [before] = daemon.peers;
  await daemon.reload(config(peer("192.0.2.2")));
  assert.equal(daemon.peers.find("192.0.2.1"), undefined);
  await daemon.reload(both);
  const after = daemon.peers.find("192.0.2.1")!;
  assert.notEqual(after, before);
  assert.deepEqual([after.id, after.epoch], [before!.id, before!.epoch]);
  await daemon.end();
});

Deno.test("a member of a network that gets an entry of its own takes over the settings of the entry", async () => {
  const network = '[[peers]]\nremote_ip = "192.0.2.0/24"\n';
  const daemon = new ReloadingDaemon(config(network));
  const [own] = config(network).peers;
  assert.ok(own?.kind === "network");
  daemon.peers.addMember(daemon.id("192.0.2.1"), "192.0.2.1", own);
  await daemon.reload(config(network + peer("192.0.2.1", 'description = "own"')));
  assert.deepEqual([...daemon.peers].map(({ id, config }) => [id, config.name]), [[1, "192.0.2.1"]]);
  assert.equal(daemon.events.includes("rib addPeer 1"), false);
  // And with the network go its members, but not this one.
  daemon.peers.addMember(daemon.id("192.0.2.7"), "192.0.2.7", own);
  await daemon.reload(config(peer("192.0.2.1", 'description = "own"')));
  assert.deepEqual([...daemon.peers].map(({ address }) => address), ["192.0.2.1"]);
  await daemon.end();
});

Deno.test("a member moves to a new network that is more specific, as after a start", async () => {
  const wide = '[[peers]]\nremote_ip = "10.0.0.0/8"\nexport = "all"\n';
  const close = '[[peers]]\nremote_ip = "10.1.0.0/16"\n';
  const daemon = new ReloadingDaemon(config(wide));
  const [network] = config(wide).peers;
  assert.ok(network?.kind === "network");
  for (const address of ["10.1.0.1", "10.1.0.2", "10.2.0.1"]) {
    daemon.peers.addMember(daemon.id(address), address, network);
  }
  const lines = await daemon.reload(config(wide + close + peer("10.1.0.2")));
  assert.deepEqual(lines, [
    "10.1.0.0/16: added",
    "10.1.0.2: added",
    "10.1.0.1: now a member of 10.1.0.0/16, session resets",
  ]);
  assert.deepEqual([...daemon.peers].map(({ config, enabled }) => [config.name, config.export, enabled]), [
    ["10.1.0.0/16", "none", true],
    ["10.1.0.2", "none", true],
    ["10.0.0.0/8", "all", true],
  ]);
  const updates = daemon.toRib.filter((message) => message.kind === "updatePeer").map((
    { peer },
  ) => [peer.id, peer.export]);
  assert.deepEqual(updates, [[1, "none"], [2, "none"]], "the RIB too, once");
  await daemon.end();
});
