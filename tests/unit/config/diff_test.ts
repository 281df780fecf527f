import assert from "node:assert/strict";
import {
  type Config,
  diffConfig,
  keyName,
  keyReference,
  parseConfig,
  type PeerConfig,
  whatRuns,
} from "../../../src/config/mod.ts";

function config(peers: string, top = ""): Config {
  const result = parseConfig(`router_id = "1.1.1.1"\ndefault_as = 65000\n${top}\n${peers}`);
  assert.ok(result.kind === "config", JSON.stringify(result));
  return result.config;
}

function peer(ip: string, more = ""): string {
  return `[[peers]]\nremote_ip = "${ip}"\nremote_as = 65001\n${more}\n`;
}

Deno.test("equal configurations have no difference, in any order and spelling", () => {
  const a = config(peer("10.0.0.1", '[[peers.static_routes]]\nprefix = "9.0.0.0/8"') + peer("2001:db8::1"));
  const b = config(
    peer("2001:DB8::1", "hold_timer = 90") + peer("10.0.0.1", 'static_routes = [{ prefix = "9.0.0.0/8" }]'),
  );
  assert.deepEqual(diffConfig(a, b), { added: [], removed: [], changed: [], speaker: [] });
});

Deno.test("added and removed peers", () => {
  const diff = diffConfig(config(peer("10.0.0.1") + peer("10.0.0.2")), config(peer("10.0.0.2") + peer("10.0.0.0/8")));
  assert.deepEqual(diff.added.map(({ name }) => name), ["10.0.0.0/8"]);
  assert.deepEqual(diff.removed.map(({ name }) => name), ["10.0.0.1"]);
  assert.deepEqual(diff.changed, []);
});

Deno.test("a change of the description keeps the session, a change of the AS resets it", () => {
  const before = config(peer("10.0.0.1"));
  const [live] = diffConfig(before, config(peer("10.0.0.1", 'description = "x"'))).changed;
  assert.deepEqual([live!.fields, live!.resets], [["description"], []]);
  const [reset] = diffConfig(before, config(peer("10.0.0.1", "local_as = 65002\npassive = true"))).changed;
  assert.deepEqual([reset!.fields, reset!.resets], [["localAsn", "passive"], ["localAsn"]]);
});

Deno.test("static routes are compared by content", () => {
  const route = (med: number) => `[[peers.static_routes]]\nprefix = "9.0.0.0/8"\nmed = ${med}`;
  const diff = diffConfig(config(peer("10.0.0.1", route(1))), config(peer("10.0.0.1", route(2))));
  assert.deepEqual(diff.changed.map(({ fields, resets }) => [fields, resets]), [[["staticRoutes"], []]]);
});

Deno.test("a change at the top level says whether it needs a restart", () => {
  const diff = diffConfig(config(""), config("", 'database = "other.db"\npoll_interval = 9'));
  assert.deepEqual(diff.speaker, [
    { field: "database", needsRestart: true },
    { field: "pollIntervalSeconds", needsRestart: false },
  ]);
});

Deno.test("every reload reports what waits for the next start, until somebody takes the change back", () => {
  const begun = config("");
  const changed = config("", 'database = "other.db"\npoll_interval = 9');
  const runs = whatRuns(begun, changed);
  assert.deepEqual(diffConfig(runs, changed).speaker, [{ field: "database", needsRestart: true }]);
  assert.deepEqual(diffConfig(runs, config("", "poll_interval = 9")).speaker, []);
});

Deno.test("every field has the name of its key in the file", () => {
  const keys = new Set(keyReference().flatMap(({ key }) => key));
  const result = parseConfig(
    'router_id = "1.1.1.1"\n[[peers]]\nremote_ip = "192.0.2.1"\nremote_as = 1\nlocal_as = 2\n',
  );
  assert.equal(result.kind, "config");
  if (result.kind !== "config") return;
  const { kind: _kind, remoteIp: _remoteIp, ...peer } = result.config.peers[0] as PeerConfig & { kind: "address" };
  for (const field of [...Object.keys(peer), ...Object.keys(result.config)]) {
    const name = keyName(field as keyof Config);
    assert.ok(keys.has(name), `${field}: no key ${name}`);
  }
});
