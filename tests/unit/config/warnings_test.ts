/** What is right but hardly meant, and what the kernel would drop without a word. */

import assert from "node:assert/strict";
import { parseConfig } from "../../../src/config/mod.ts";
import { homeless, unreachable } from "../../../src/daemon/config/preflight.ts";
import { configHead, parsedConfig, peerTable } from "../../support/config_text.ts";

const head = configHead({ routerId: "192.0.2.1" });
const peer = (keys: string, address = "192.0.2.9") =>
  `[[peers]]\nremote_ip = "${address}"\nremote_as = 65009\n${keys}\n`;

function warnings(text: string): string[] {
  const result = parseConfig(head + text);
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.warnings.map(({ line, message }) => `${line}: ${message}`);
}

function errors(text: string) {
  const result = parseConfig(head + text);
  return result.kind === "errors" ? result.errors : [];
}

for (
  const [key, value, otherwise] of [
    ["send_hold_timer", "600", "hold_timer = 90"],
    ["add_path_send", "3", 'add_path = "send"'],
    ["add_path_max_paths", "3", 'add_path = "receive"'],
    ["export_selection", '"per-client"', 'export = "all"'],
    ["max_prefixes_restart", "5", "max_prefixes = 10"],
    ["max_prefixes_action", '"warn"', "max_prefixes = 10"],
    ["max_prefixes_out_action", '"warn"', "max_prefixes_out = 10"],
    ["restart_time", "99", 'graceful_restart = "full"'],
    ["llgr_stale_time", "99", "long_lived_graceful_restart = true"],
    ["dest_port", "1179", "passive = false"],
  ] as const
) {
  Deno.test(`${key} without ${otherwise.split(" =")[0]} gets a warning; in a group, if no peer needs it`, () => {
    const without = { send_hold_timer: "hold_timer = 0", dest_port: "passive = true" }[key as string] ?? "";
    const set = `${key} = ${value}`;
    const [found, ...more] = warnings(peer(`${without}\n${set}`));
    assert.match(found!, new RegExp(`^7: ${key} has no effect: `));
    assert.deepEqual(more, []);
    assert.deepEqual(warnings(peer(`${otherwise}\n${set}`)), []);
    const group = `[[groups]]\nname = "g"\n${set}\n`;
    const inGroup = (keys: string, address?: string) => peer(`group = "g"\n${keys}`, address);
    assert.equal(warnings(group + inGroup(without)).length, 1);
    assert.deepEqual(warnings(group + inGroup(without) + inGroup(otherwise, "192.0.2.10")), []);
  });
}

Deno.test("keys of the top level get a warning without the key that they depend on", () => {
  assert.match(
    warnings("history = false\nhistory_days = 5\n")[0]!,
    /^4: history_days has no effect: history is false$/,
  );
  assert.match(warnings('api_token_file = "x"\n')[0]!, /there is no api_socket$/);
  assert.match(warnings("multipath_relax = true\n")[0]!, /multipath is 1$/);
});

Deno.test("RFC 2385: a peer without a key inside a network with one is refused, unless bgpd connects to it", () => {
  const network = '[[peers]]\nremote_ip = "198.18.0.0/15"\npassword_file = "k"\n';
  const inside = (keys: string) => peer(keys, "198.18.0.9");
  assert.match(errors(network + inside("passive = true"))[0]!.message, /lies inside 198\.18\.0\.0\/15, which has one/);
  assert.match(errors(`${network}[[peers]]\nremote_ip = "198.19.0.0/16"\n`)[0]!.message, /cannot connect/);
  assert.match(warnings(network + inside(""))[0]!, /only connections that bgpd opens come up/);
  for (const right of ['passive = true\npassword_file = "other"', "dial_only = true"]) {
    assert.deepEqual(errors(network + inside(right)), []);
    assert.deepEqual(warnings(network + inside(right)), []);
  }
  const later = parseConfig(head + network);
  assert.ok(later.kind === "config");
  const added = later.readPeer('remote_ip = "198.18.0.9"\nremote_as = 1\npassive = true\n');
  assert.equal(added.kind, "errors", "peer add is checked in the same way");
});

Deno.test("a table with another name: the error suggests the right one", () => {
  const meant = (text: string) => errors(text).find(({ message }) => message.startsWith("unknown table"))?.suggestion;
  const tables = [
    "groups",
    "peers",
    "policies",
    "prefix_sets",
    "as_sets",
    "as_path_sets",
    "community_sets",
    "static_routes",
  ];
  for (const table of tables) {
    const singular = table.endsWith("ies") ? `${table.slice(0, -3)}y` : table.slice(0, -1);
    assert.equal(meant(`[[${singular}]]\nname = "x"\n`), `[[${table}]]`);
  }
  assert.equal(meant('[[neighbor]]\nremote_ip = "192.0.2.9"\n'), "[[peers]]");
  assert.equal(meant(`${peer("")}[[peers.static_route]]\nprefix = "10.0.0.0/8"\n`), "[[peers.static_routes]]");
  assert.equal(meant('[[policies]]\nname = "x"\n[[policies.rule]]\naction = "accept"\n'), "[[policies.rules]]");
});

Deno.test("a passive peer that can reach none of our sockets is reported", () => {
  const config = (text: string) => {
    const result = parseConfig(head + text);
    assert.ok(result.kind === "config");
    return result.config;
  };
  const local = [{ address: "127.0.0.1", port: 179 }];
  const found = (text: string, sockets = local) => unreachable(config(text), sockets);
  assert.match(
    found(peer("passive = true"))[0]!,
    /^192\.0\.2\.9 is passive, and no socket accepts its connections/,
  );
  assert.equal(found('[[peers]]\nremote_ip = "2001:db8::/32"\n', [{ address: "0.0.0.0", port: 179 }]).length, 1);
  assert.deepEqual(found(peer("")), [], "it is dialled");
  assert.deepEqual(found(peer("passive = true\nenabled = false")), []);
  assert.deepEqual(found(peer("passive = true", "127.0.0.9")), []);
  assert.deepEqual(found(peer("passive = true"), [{ address: "::", port: 179 }]), []);
  assert.deepEqual(found(peer("passive = true"), [{ address: "192.0.2.1", port: 179 }]), []);
});

Deno.test("local_ip that is not an address of this machine is reported, once for each peer that is enabled", () => {
  const named = (name: string, lines: string) => peerTable("127.0.0.9", { lines: `name = "${name}"\n${lines}` });
  const config = parsedConfig(
    configHead() + named("a", 'local_ip = "127.0.0.1"') + named("b", 'local_ip = "198.51.100.9"') +
      named("c", 'local_ip = "198.51.100.8"\nenabled = false'),
  );
  assert.deepEqual(homeless(config), [
    "b: local_ip 198.51.100.9 is not an address of this machine; set one that `ip address` lists",
  ]);
});
