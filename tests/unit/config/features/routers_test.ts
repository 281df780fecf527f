/** Routers of the configuration: who may report, and which table counts for an address. */
import assert from "node:assert/strict";
import { type Config, parseConfig, routerAt } from "../../../../src/config/mod.ts";

const head = 'router_id = "192.0.2.1"\ndefault_as = 65000\n';

function config(text: string): Config {
  const result = parseConfig(head + text);
  assert.deepEqual(result.kind === "errors" ? result.errors : [], []);
  assert.ok(result.kind === "config");
  return result.config;
}

function errors(text: string): string[] {
  const result = parseConfig(head + text);
  assert.ok(result.kind === "errors");
  return result.errors.map(({ line, message }) => `${line}: ${message}`);
}

const table = (...keys: string[]) => `[[routers]]\n${keys.join("\n")}\n`;

Deno.test("of several tables, the one of the address itself counts, or that of the smallest network", () => {
  const settings = config(
    table('address = "10.0.0.0/8"', "stale_time = 8") + table('address = "10.1.0.0/16"', "stale_time = 16") +
      table('address = "10.1.0.9"', 'name = "edge"') + table('address = "2001:db8::/32"', "stale_time = 6"),
  );
  const found = (address: string) => {
    const router = routerAt(settings, address);
    return router && (router.name ?? router.staleSeconds);
  };
  assert.deepEqual(
    ["10.1.0.9", "10.1.0.8", "10.2.0.9", "2001:db8::9", "fe80::1%eth0", "11.0.0.1", "2001:db9::"].map(found),
    ["edge", 16, 8, 6, undefined, undefined, undefined],
  );
});

Deno.test("bmp_unknown_routers lets everybody in; a table still counts for its own router", () => {
  const settings = config(
    `bmp_socket = "0.0.0.0"\nbmp_unknown_routers = true\n${table('address = "192.0.2.9"', "stale_time = 5")}`,
  );
  assert.equal(routerAt(settings, "192.0.2.9")?.staleSeconds, 5);
  assert.deepEqual(routerAt(settings, "fe80::1%eth0"), {
    network: { octets: routerAt(settings, "fe80::1")!.network.octets, length: 128 },
    name: undefined,
    port: undefined,
    staleSeconds: 300,
  });
});

Deno.test("bmp_socket is one socket or a list, with port 11019 unless it says another", () => {
  assert.deepEqual(config('bmp_socket = ["0.0.0.0", "[::]:5000"]').bmpSockets, [
    { address: "0.0.0.0", port: 11019 },
    { address: "::", port: 5000 },
  ]);
  assert.deepEqual(config("").bmpSockets, [], "negative: without the key nobody can connect");
});

Deno.test("tables without bmp_socket have a warning where bgpd connects to no router", () => {
  const warnings = (text: string) => {
    const result = parseConfig(head + text);
    return result.kind === "config" ? result.warnings.map(({ line, message }) => `${line}: ${message}`) : [];
  };
  const one = table('address = "192.0.2.9"'), text = "there is no bmp_socket, and no router has a port";
  assert.deepEqual(warnings(one), [`3: routers has no effect: ${text}`]);
  assert.deepEqual(warnings(`bmp_socket = "0.0.0.0"\n${one}`), [], "negative");
  assert.deepEqual(warnings(one + table('address = "192.0.2.10"', "port = 11019")), [], "negative");
});

Deno.test("two tables for one address or with one name, and keys that need one address, are refused", () => {
  assert.deepEqual(errors(table('address = "192.0.2.9"') + table('address = "192.0.2.9/32"')), [
    "5: another table [[routers]] has the address 192.0.2.9",
  ]);
  assert.deepEqual(errors(table('address = "10.0.0.0/8"') + table('address = "10.0.0.0/8"')), [
    "5: another table [[routers]] has the address 10.0.0.0/8",
  ]);
  assert.deepEqual(
    errors(table('address = "192.0.2.9"', 'name = "a"') + table('address = "192.0.2.10"', 'name = "a"')),
    ["6: another router has the name a: give one of them another name"],
  );
  assert.deepEqual(errors(table('address = "10.0.0.0/8"', "port = 11019", 'name = "a"')), [
    "5: port: bgpd connects to one address, and this is a network",
    "6: name: the routers of a network have the names that they say",
  ]);
  assert.deepEqual(errors(table('name = "a"')), ['3: address is missing, such as "192.0.2.1"']);
  config(table('address = "192.0.2.9"', 'name = "a"', "port = 11019") + table('address = "192.0.2.0/24"'));
});
