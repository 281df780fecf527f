import assert from "node:assert/strict";
import { parseConfig, type PeerConfig } from "../../../../src/config/mod.ts";
import { configHead } from "../../../support/config_text.ts";

const head = configHead({ routerId: "1.1.1.1" });
const peer = '[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 65001\n';

function group(name: string, more = ""): string {
  return `[[groups]]\nname = "${name}"\n${more}\n`;
}

function onlyPeer(text: string): PeerConfig {
  const result = parseConfig(head + text);
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config.peers[0]!;
}

function errors(text: string): string[] {
  const result = parseConfig(head + text);
  return result.kind === "errors" ? result.errors.map(({ line, message }) => `${line}: ${message}`) : [];
}

Deno.test("a peer of several groups takes a key from the first group that sets it", () => {
  const groups = group("fast", "hold_timer = 9") + group("quiet", 'hold_timer = 180\nexport = "none"\npassive = true');
  const both = onlyPeer(groups + peer + 'group = ["fast", "quiet"]');
  assert.deepEqual([both.holdTimeSeconds, both.passive], [9, true]);
  assert.deepEqual([both.group, both.groups], ["fast, quiet", ["fast", "quiet"]]);
  assert.equal(onlyPeer(groups + peer + 'group = ["quiet", "fast"]').holdTimeSeconds, 180);
});

Deno.test("a group inherits from a group, its own keys take precedence, and their order in the file is free", () => {
  const lab = group("lab", 'group = "base"\nhold_timer = 30');
  const base = group("base", "hold_timer = 180\ndelay_open = 7");
  for (const groups of [lab + base, base + lab]) {
    const own = onlyPeer(groups + peer + 'group = "lab"');
    assert.deepEqual([own.holdTimeSeconds, own.delayOpenSeconds, own.groups], [30, 7, ["lab", "base"]]);
  }
});

Deno.test("the nearest group takes precedence over what both groups of a peer inherit", () => {
  const groups = group("base", "hold_timer = 180\nconnect_retry = 60") + group("a", 'group = "base"') +
    group("b", 'group = "base"\nhold_timer = 30');
  const own = onlyPeer(groups + peer + 'group = ["a", "b"]');
  assert.deepEqual([own.holdTimeSeconds, own.connectRetrySeconds, own.groups], [30, 60, ["a", "b", "base"]]);
});

Deno.test("the peer's own keys take precedence over all groups, and its static routes replace those of a group", () => {
  const route = (table: string, prefix: string) => `[[${table}.static_routes]]\nprefix = "${prefix}"\n`;
  const lab = group("lab", "hold_timer = 30") + route("groups", "10.1.0.0/16");
  const of = (own: PeerConfig) => [own.holdTimeSeconds, own.staticRoutes.map(({ prefix }) => prefix!.octets[1])];
  assert.deepEqual(of(onlyPeer(`${lab}${peer}group = "lab"`)), [30, [1]]);
  const more = route("peers", "10.2.0.0/16");
  assert.deepEqual(of(onlyPeer(`${lab}${peer}group = "lab"\nhold_timer = 12\n${more}`)), [12, [2]]);
});

Deno.test("a network may have groups, as an address may", () => {
  const own = onlyPeer(group("lab", "hold_timer = 30") + '[[peers]]\nremote_ip = "10.0.0.0/8"\ngroup = ["lab"]');
  assert.deepEqual([own.kind, own.holdTimeSeconds, own.passive], ["network", 30, true]);
});

Deno.test("groups that inherit each other, or themselves, are errors where this is written", () => {
  assert.deepEqual(errors(group("a", 'group = "a"')), ['5: group "a" inherits itself: a → a']);
  const circle = group("a", 'group = "b"') + group("b", 'group = ["c"]') + group("c", 'group = "a"');
  assert.deepEqual(errors(circle + peer + 'group = "a"'), [
    '5: group "a" inherits itself: a → b → c → a',
    '8: group "b" inherits itself: b → c → a → b',
    '11: group "c" inherits itself: c → a → b → c',
  ]);
});

Deno.test("groups that inherit the same group are no cycle", () => {
  const diamond = group("a", 'group = ["b", "c"]') + group("b", 'group = "d"') + group("c", 'group = "d"') + group("d");
  assert.deepEqual(onlyPeer(diamond + peer + 'group = "a"').groups, ["a", "b", "c", "d"]);
});

Deno.test("an unknown group is an error where its name is written, in a group and in a peer", () => {
  assert.deepEqual(errors(group("lab", 'group = "bsae"') + group("base") + peer + 'group = ["lab", "nobody"]'), [
    '5: no [[groups]] has the name "bsae"',
    '12: no [[groups]] has the name "nobody"; add [[groups]] with this name, or correct the name',
  ]);
});

Deno.test("a mistake that two peers inherit is reported once, in the group", () => {
  const second = peer.replace("10.0.0.1", "10.0.0.2");
  const lab = group("lab", "hold_timer = 90\nsend_hold_timer = 60");
  assert.deepEqual(errors(`${lab}${peer}group = "lab"\n${second}group = "lab"\n`), [
    "6: send_hold_timer must be more than hold_timer (90), or 0",
  ]);
});
