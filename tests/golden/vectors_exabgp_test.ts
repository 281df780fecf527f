/**
 * The vectors of ExaBGP's functional tests: every message, compared with ExaBGP's JSON, or with the line of its API
 * that made the message.
 */
import assert from "node:assert/strict";
import {
  decodeNotification,
  decodeOpen,
  decodeRouteRefresh,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  MessageType,
  messageType,
  type UpdateContext,
  UpdateEncoder,
} from "../../src/message/mod.ts";
import { familyByName, familyMask, formatIpv4Number, IPV4_UNICAST, parsePrefix } from "../../src/types/mod.ts";
import { hasShared, readSharedJson } from "../support/shared_data.ts";
import { testContext, type UpdateView, viewUpdate } from "../support/update_view.ts";
import {
  commandAttributes,
  comparableJson,
  type ExaBgpUpdate,
  parseRouteCommand,
  type RouteCommand,
  toExaBgp,
} from "./exabgp_json.ts";
import { fromHex, toHex } from "./golden.ts";

interface Message {
  readonly update?: ExaBgpUpdate;
}

interface EncodingFile {
  readonly id: string;
  readonly session: readonly { readonly capability: readonly string[]; readonly nexthop: readonly string[] }[];
  readonly cases: readonly {
    readonly raw?: string;
    readonly cmd?: string;
    readonly json?: { readonly neighbor: { readonly message: Message } };
  }[];
}

interface DecodingCase {
  readonly id: string;
  readonly kind: string;
  readonly hex: string;
  readonly full_message: boolean;
  readonly expected: { readonly neighbor?: { readonly message?: Message; readonly open?: unknown } };
}

const files = ["vectors/exabgp-encoding.json", "vectors/exabgp-decoding.json"] as const;
const present = hasShared("ExaBGP's vectors", ...files);

/**
 * Where we say something else than ExaBGP, and why. The key is the file with the number of the message in it.
 */
const deviations: ReadonlyMap<string, { readonly why: string; readonly verdict: UpdateView["verdict"] }> = new Map([
  ["conf-attributes 2", {
    why: "next hop 255.255.255.255 is no host's address (RFC 4271 §6.3); ExaBGP does not look at it",
    verdict: "treatAsWithdraw",
  }],
  ["conf-generic-attribute 1", { why: unknownWellKnown(), verdict: "sessionReset" }],
  ["conf-generic-attribute 2", { why: unknownWellKnown(), verdict: "sessionReset" }],
  ["extended-nexthop 1", {
    why: "an IPv6 prefix with an IPv4 next hop: RFC 8950 has the opposite only; ExaBGP takes both",
    verdict: "sessionReset",
  }],
]);

/** Families that this test does not compare yet, and how many of the messages are of each. */
const laterFamilies: { readonly [family: string]: number } = {
  "bgp-ls bgp-ls": 10,
  "ipv4 flow": 50,
  "ipv4 flow-vpn": 3,
  "ipv4 mcast-vpn": 9,
  "ipv4 mpls-vpn": 13,
  "ipv4 mup": 11,
  "ipv4 nlri-mpls": 4,
  "ipv4 sr-policy": 6,
  "ipv6 flow": 4,
  "ipv6 mcast-vpn": 9,
  "ipv6 mpls-vpn": 4,
  "ipv6 mup": 9,
  "ipv6 sr-policy": 2,
  "l2vpn evpn": 1,
  "l2vpn vpls": 7,
};

/** What was compared, so that a test that silently compares nothing is seen. */
const tally = {
  json: 0,
  command: 0,
  endOfRib: 0,
  withdraw: 0,
  otherTypes: 0,
  onlyDecoded: 0,
  deviations: 0,
  reencoded: 0,
  sameOctets: 0,
};
const families: { [family: string]: number } = {};

for (const file of present ? readSharedJson<{ files: EncodingFile[] }>(files[0]).files : []) {
  Deno.test(`ExaBGP ${file.id}: ${file.cases.length} messages`, () => {
    const context = contextOf(file);
    for (const [i, { raw, cmd, json }] of file.cases.entries()) {
      if (raw === undefined) continue;
      const bytes = fromHex(raw);
      if (messageType(bytes, 0) !== MessageType.update) checkOther(bytes);
      else checkUpdate(`${file.id} ${i}`, bytes, context, json?.neighbor.message.update, cmd);
    }
  });
}

for (const { id, kind, hex, full_message, expected } of present ? decodingCases() : []) {
  if (kind === "nlri") {
    // BGP-LS NLRI on its own: no message, and no family of ours.
    count(families, "bgp-ls bgp-ls");
    continue;
  }
  Deno.test(`ExaBGP decodes ${id} as we do`, () => {
    const bytes = full_message ? fromHex(hex) : asMessage(fromHex(hex));
    if (kind === "open") checkOpen(bytes, expected.neighbor!.open);
    else checkUpdate(id, bytes, testContext(), expected.neighbor!.message!.update, undefined);
  });
}

Deno.test({
  name: "every message of ExaBGP's vectors was compared; the families left for later are these",
  ignore: !present,
  fn() {
    assert.deepEqual(tally, {
      json: 154,
      command: 22,
      endOfRib: 60,
      withdraw: 2,
      otherTypes: 12,
      // Messages the vectors say nothing about: they are sound, and encoded again they say the same.
      onlyDecoded: 17,
      deviations: deviations.size,
      reencoded: 253,
      sameOctets: 171,
    });
    assert.deepEqual(families, laterFamilies);
  },
});

function unknownWellKnown(): string {
  return "attribute 0x99 with the Optional bit off: well-known, and we do not know it (RFC 4271 §6.3); ExaBGP keeps it";
}

function decodingCases(): DecodingCase[] {
  return readSharedJson<{ cases: DecodingCase[] }>(files[1]).cases;
}

function contextOf(file: EncodingFile): UpdateContext {
  const capabilities = file.session.flatMap(({ capability }) => capability).join(" ");
  const nextHops = file.session.flatMap(({ nexthop }) => nexthop).join(" ");
  const all = testContext().families;
  const addPath = capabilities.includes("add-path") ? all : 0;
  return testContext({
    fourOctetAs: !capabilities.includes("asn4 disable"),
    addPathReceive: addPath,
    addPathSend: addPath,
    extendedNextHop: nextHops.includes("ipv4 unicast ipv6") ? familyMask([IPV4_UNICAST]) : 0,
  });
}

/** The vectors leave out the header of some UPDATEs. */
function asMessage(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(19 + body.length).fill(255, 0, 16);
  new DataView(bytes.buffer).setUint16(16, bytes.length);
  bytes[18] = MessageType.update;
  bytes.set(body, 19);
  return bytes;
}

function checkUpdate(
  id: string,
  bytes: Uint8Array,
  context: UpdateContext,
  expected: ExaBgpUpdate | undefined,
  cmd: string | undefined,
): void {
  const view = viewUpdate(bytes, context);
  const later = laterFamily(expected, cmd);
  if (later !== undefined) {
    // The whole message is stepped over, and said to be.
    assert.match(view.notice!, /was not negotiated$/, later);
    assert.deepEqual([view.verdict, view.withdrawn], ["accept", []]);
    return count(families, later);
  }
  const deviation = deviations.get(id);
  if (deviation !== undefined) {
    tally.deviations++;
    return assert.equal(view.verdict, deviation.verdict, deviation.why);
  }
  assert.deepEqual([view.verdict, view.faults, view.notice], ["accept", [], undefined]);

  const command = cmd === undefined ? undefined : parseRouteCommand(cmd);
  if (expected !== undefined) {
    tally.json++;
    assert.deepEqual(comparableJson(toExaBgp(view)), comparableJson(expected));
  } else if (command !== undefined) {
    tally.command++;
    checkCommand(view, command);
  } else if (cmd?.startsWith("announce eor ")) {
    tally.endOfRib++;
    assert.equal(view.endOfRib, cmd.slice("announce eor ".length));
  } else if (cmd?.startsWith("withdraw route ")) {
    tally.withdraw++;
    assert.deepEqual(view.withdrawn.map(({ prefix }) => prefix), [cmd.slice("withdraw route ".length)]);
  } else tally.onlyDecoded++;
  checkReencoded(view, context, bytes);
}

function checkCommand(view: UpdateView, command: RouteCommand): void {
  const [part] = view.parts;
  const pathId = command.values.get("path-information");
  assert.deepEqual(part!.announced.map((nlri) => ({ ...nlri, pathId: nlri.pathId === -1 ? undefined : nlri.pathId })), [
    { family: command.family, prefix: command.prefix, pathId: pathId === undefined ? undefined : Number(pathId) },
  ]);
  assert.equal(part!.nextHop!.split(" ")[0], command.values.get("next-hop"));
  assert.deepEqual(toExaBgp(view).attribute, commandAttributes(command));
}

/** What we make of the decoded values: the same octets for classic IPv4, for the rest a message that says the same. */
function checkReencoded(view: UpdateView, context: UpdateContext, bytes: Uint8Array): void {
  const encoder = new UpdateEncoder({ ...context, maxMessageBytes: 4096 });
  const add = (prefix: string, pathId: number) => {
    const { octets, length } = parsePrefix(prefix)!;
    const words = new DataView(new Uint8Array([...octets, ...new Uint8Array(12)]).buffer);
    encoder.add(words.getInt32(0), words.getInt32(4), words.getInt32(8), words.getInt32(12), length, pathId);
  };
  if (view.endOfRib !== undefined) encoder.endOfRib(familyByName(view.endOfRib)!.id);
  for (const { family, prefix, pathId } of view.withdrawn) {
    encoder.beginWithdraw(familyByName(family)!.id);
    add(prefix, pathId);
  }
  for (const { announced, wire } of view.parts) {
    if (announced.length === 0) return;
    encoder.begin(wire, familyByName(announced[0]!.family)!.id);
    for (const { prefix, pathId } of announced) add(prefix, pathId);
  }
  const encoded = encoder.take();
  tally.reencoded++;
  const again = viewUpdate(encoded, context);
  assert.deepEqual(toExaBgp(again), toExaBgp(view));
  assert.equal(again.endOfRib, view.endOfRib);
  // ExaBGP sends each prefix of IPv4 on its own, or many in one message; the others' attributes it orders differently.
  const nlri = [...view.withdrawn, ...view.parts.flatMap(({ announced }) => announced)];
  if (
    nlri.length > 0 && nlri.every(({ family }) => family === "ipv4 unicast") &&
    view.parts[0]?.nextHop?.includes(":") !== true
  ) {
    tally.sameOctets++;
    assert.equal(toHex(encoded), toHex(bytes));
  }
}

/** OPEN, NOTIFICATION, ROUTE-REFRESH: decoded and encoded to the same octets. */
function checkOther(bytes: Uint8Array): void {
  tally.otherTypes++;
  switch (messageType(bytes, 0)) {
    case MessageType.open: {
      const result = decodeOpen(bytes);
      assert.ok(result.kind === "open");
      // ExaBGP puts each capability into a parameter of its own, we put all into one (RFC 5492 §4).
      assert.deepEqual(decodeOpen(encodeOpen(result.open)), result);
      return;
    }
    case MessageType.notification:
      return assert.equal(toHex(encodeNotification(decodeNotification(bytes))), toHex(bytes));
    default: {
      const result = decodeRouteRefresh(bytes);
      assert.ok(result.kind === "routeRefresh");
      assert.equal(toHex(encodeRouteRefresh(result)), toHex(bytes));
    }
  }
}

function checkOpen(bytes: Uint8Array, expected: unknown): void {
  tally.otherTypes++;
  const result = decodeOpen(bytes);
  assert.ok(result.kind === "open");
  const { version, asn, holdTimeSeconds, routerId, capabilities } = result.open;
  const names: { [code: string]: unknown } = {};
  for (const capability of capabilities) {
    if (capability.kind === "multiprotocol") {
      assert.deepEqual([capability.afi, capability.safi], [1, 1]);
      names["1"] = { name: "multiprotocol", families: ["ipv4/unicast"] };
    } else if (capability.kind === "fourOctetAs") names["65"] = { name: "asn4", asn4: capability.asn };
    else if (capability.kind === "softwareVersion") names["75"] = { software: capability.text };
    else assert.fail(`${capability.kind} is not among what ExaBGP found`);
  }
  assert.deepEqual(
    { version, asn, hold_time: holdTimeSeconds, router_id: formatIpv4Number(routerId), capabilities: names },
    expected,
  );
}

/** The family of a message where it is none of ours. */
function laterFamily(expected: ExaBgpUpdate | undefined, cmd: string | undefined): string | undefined {
  const endOfRib = cmd?.startsWith("announce eor ") ? [cmd.slice("announce eor ".length)] : [];
  const sent = /^announce (ipv[46] (?:flow|sr-policy|mup|mcast-vpn))/.exec(cmd ?? "");
  const named = [
    ...Object.keys(expected?.announce ?? {}),
    ...Object.keys(expected?.withdraw ?? {}),
    ...endOfRib,
    ...sent === null ? [] : [sent[1]!],
  ];
  return named.find((name) => familyByName(name)?.kind !== "prefix");
}

function count(table: { [name: string]: number }, name: string): void {
  table[name] = (table[name] ?? 0) + 1;
}
