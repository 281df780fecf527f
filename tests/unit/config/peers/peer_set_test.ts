/** Peers beside each other: names, and several at one address. */
import assert from "node:assert/strict";
import { parseConfig } from "../../../../src/config/mod.ts";
import { configHead } from "../../../support/config_text.ts";

const head = configHead({ routerId: "1.1.1.1" });

function peer(...lines: string[]): string {
  return `[[peers]]\nremote_as = 65001\n${lines.join("\n")}\n`;
}

function errors(...peers: string[]): string[] {
  const result = parseConfig(head + peers.join(""));
  return result.kind === "errors" ? result.errors.map(({ line, message }) => `${line}: ${message}`) : [];
}

const at = 'remote_ip = "192.0.2.1"';

Deno.test("a peer has its configured name, or its address as name", () => {
  const result = parseConfig(
    head + peer(at, 'name = "edge"') + peer('remote_ip = "2001:DB8::1"') + peer('remote_ip = "10.0.0.0/8"') +
      peer('remote_ip = "FE80::1%eth0"') + peer('remote_ip = "fe80::1%eth1"'),
  );
  assert.ok(result.kind === "config");
  assert.deepEqual(result.config.peers.map(({ name }) => name), [
    "edge",
    "2001:db8::1",
    "10.0.0.0/8",
    "fe80::1%eth0",
    "fe80::1%eth1",
  ]);
});

Deno.test("a name belongs to one peer, and is no address of another peer", () => {
  assert.deepEqual(errors(peer(at, 'name = "x"'), peer('remote_ip = "192.0.2.2"', 'name = "x"')), [
    '10: name "x" is already used on line 5',
  ]);
  assert.deepEqual(errors(peer(at, 'name = "192.0.2.2"')), [
    '6: name "192.0.2.2" is an address: commands would take it for the peer at that address',
  ]);
  assert.deepEqual(errors(peer(at, 'name = "192.0.2.1"')), []);
});

Deno.test("two peers at one address differ in local_ip, or one of them has dial_only", () => {
  assert.deepEqual(errors(peer(at), peer(at)), [
    "8: remote_ip 192.0.2.1 is already used on line 5; a second peer at that address needs a name",
  ]);
  const clash =
    "remote_ip 192.0.2.1 is already used on line 5, and neither has a local_ip: a connection from there could belong" +
    " to either peer; give them different local_ip, or set dial_only = true in all but one";
  const [a, b] = ['name = "a"', 'name = "b"'];
  assert.deepEqual(errors(peer(at, a!), peer(at, b!)), [`9: ${clash}`]);
  assert.deepEqual(errors(peer(at, a!, "dest_port = 1790"), peer(at, b!, "dest_port = 1791")), [`10: ${clash}`]);
  assert.deepEqual(errors(peer(at, a!, 'local_ip = "192.0.2.8"'), peer(at, b!, 'local_ip = "192.0.2.9"')), []);
  assert.deepEqual(errors(peer(at, a!, 'local_ip = "192.0.2.8"'), peer(at, b!)), []);
  assert.deepEqual(errors(peer(at, a!), peer(at, b!, "dest_port = 1791", "dial_only = true")), []);
  assert.deepEqual(errors(peer(at, a!), peer(at, b!, "dial_only = true")), [
    "9: remote_ip 192.0.2.1 is already used on line 5, with the same local_ip and dest_port: both would" +
    " open the same connection",
  ]);
  assert.deepEqual(errors(peer(at, a!, "passive = true"), peer(at, b!, "dial_only = true")), []);
});

Deno.test("a listening socket has one TCP-MD5 key and one TTL for an address, whatever its zone", () => {
  const two = (one: string, other: string, more = "") =>
    errors(
      peer(at, 'name = "a"', 'local_ip = "192.0.2.8"', one),
      peer(at, 'name = "b"', 'local_ip = "192.0.2.9"', other, more),
    ).map((error) => error.split(" on line")[0]);
  assert.deepEqual(two('password_file = "a"', ""), ["9: 192.0.2.1 has a different password_file"]);
  assert.deepEqual(two("", "ttl_security = 1"), ["14: 192.0.2.1 has a different ttl_security"]);
  assert.deepEqual(two('password_file = "a"', 'password_file = "a"'), []);
  assert.deepEqual(two('password_file = "a"', "", "dial_only = true"), []);
  const zoned = ["eth0", "eth1"].map((zone) => peer(`remote_ip = "fe80::1%${zone}"`, `password_file = "${zone}"`));
  assert.match(errors(...zoned)[0]!, /a different password_file on line 5/);
});

Deno.test("dial_only is for one address to which bgpd connects", () => {
  assert.match(errors(peer(at, "dial_only = true", "passive = true"))[0]!, /^6: dial_only and passive together/);
  assert.match(
    errors(peer('remote_ip = "10.0.0.0/8"', "dial_only = true"))[0]!,
    /^6: dial_only needs one address: with a network/,
  );
});

Deno.test("a link-local address needs its zone, and no other address may have one", () => {
  const remote = (text: string) => errors(peer(`remote_ip = "${text}"`));
  assert.deepEqual(remote("fe80::b"), [
    "5: remote_ip: fe80::b is link-local, and each link has such addresses: add our interface",
  ]);
  assert.deepEqual(remote("2001:db8::1%eth0"), [
    "5: remote_ip: only a link-local address has a zone, and 2001:db8::1 is not link-local",
  ]);
  assert.deepEqual(remote("fe80::1%"), ['5: remote_ip: "" is not an interface name']);
  assert.deepEqual(remote("fe80::1%eth0/1"), [
    '5: remote_ip must be a prefix such as "192.0.2.0/24" or "2001:db8::/32", not "fe80::1%eth0/1"',
  ]);
  assert.deepEqual(remote("febf::1%eth0"), []);
});

Deno.test("interface is the zone of a link-local remote_ip, or alone means the only neighbour on the link", () => {
  const result = parseConfig(
    head + peer('remote_ip = "fe80::b"', 'interface = "eth0"') + '[[peers]]\ninterface = "eth1"\n' +
      peer('remote_ip = "fe80::b%eth1"'),
  );
  assert.ok(result.kind === "config", JSON.stringify(result));
  assert.deepEqual(result.config.peers.map(({ kind, name }) => [kind, name]), [
    ["address", "fe80::b%eth0"],
    ["interface", "eth1"],
    ["address", "fe80::b%eth1"],
  ]);
  const alone = (...more: string[]) => errors(peer('interface = "eth0"', ...more));
  for (const name of ['name = "x"', ""]) {
    assert.deepEqual(errors(peer('interface = "eth0"'), peer('interface = "eth0"', name)), [
      "8: interface eth0 is already used on line 5: it means the only neighbour on that link",
    ]);
  }
  assert.deepEqual(alone('remote_ip = "fe80::b%eth1"'), ["5: interface is eth0, but remote_ip is on eth1"]);
  assert.deepEqual(alone('remote_ip = "2001:db8::1"'), [
    "5: interface needs a link-local remote_ip, and 2001:db8::1 is not link-local",
  ]);
  assert.deepEqual(alone('remote_ip = "fe80::/10"'), ["5: interface and a network as remote_ip: set only one of them"]);
  assert.match(alone('password_file = "x"')[0]!, /^6: password_file with interface needs remote_ip/);
  assert.match(alone("dial_only = true")[0]!, /^6: dial_only needs one address: with interface and no remote_ip/);
  assert.match(alone('local_ip = "192.0.2.1"')[0]!, /^6: local_ip is IPv4 but remote_ip is IPv6/);
  assert.match(errors(peer('remote_ip = "2001:db8::1"', 'local_ip = "fe80::a"'))[0]!, /^6: local_ip is link-local/);
});

Deno.test('a peer alone on a link takes the name of the interface, unless that is "local" or an address', () => {
  assert.deepEqual(errors(peer('interface = "local"')), [
    '5: interface "local" cannot also be the name of the peer: add name',
  ]);
  assert.match(
    errors(peer('interface = "192.0.2.1"'))[0]!,
    /^5: interface "192.0.2.1" cannot also be the name of the peer/,
  );
  assert.deepEqual(errors(peer('interface = "local"', 'name = "uplink"')), []);
});

Deno.test("a socket on a link-local address names its interface", () => {
  const socket = (text: string) => {
    const result = parseConfig(`${head}bgp_socket = "${text}"\n`);
    return result.kind === "errors" ? result.errors[0]!.message : result.config.bgpSockets[0]!.address;
  };
  assert.equal(socket("[FE80::A%eth0]:1179"), "fe80::a%eth0");
  assert.equal(socket("[fe80::a]:1179"), "bgp_socket: fe80::a is link-local: add its interface");
});
