/**
 * The vectors of ExaBGP's functional tests: every message, compared with ExaBGP's JSON, or with the line of its API
 * that made the message.
 */
import assert from "node:assert/strict";
import {
  AttributeFlag,
  decodeNlriValue,
  decodeNotification,
  decodeOpen,
  decodeRouteRefresh,
  encodeNlriValue,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  MessageType,
  messageType,
  nlriCodec,
  rawAttributes,
  type UpdateContext,
  UpdateEncoder,
  withNlriValue,
} from "../../src/message/mod.ts";
import {
  allFamilies,
  familyByName,
  familyMask,
  formatIpv4Number,
  IPV4_UNICAST,
  parsePrefix,
} from "../../src/types/mod.ts";
import { hasShared, readSharedJson } from "../support/shared_data.ts";
import { type NlriView, testContext, type UpdateView, viewUpdate } from "../support/update_view.ts";
import {
  commandAttributes,
  comparableJson,
  comparableNlri,
  type ExaBgpUpdate,
  type Json,
  nlriOf,
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
  ["conf-flow 6", {
    why: "128 bits of a source prefix from bit 120 on: RFC 8956 §3.1 has the last 8 bits there; ExaBGP sends all",
    verdict: "familyDisable",
  }],
  ["extended-nexthop 1", {
    why: "an IPv6 prefix with an IPv4 next hop: RFC 8950 has the opposite only; ExaBGP takes both",
    verdict: "sessionReset",
  }],
]);

/** How many messages of these families there are. */
const codecFamilies: { readonly [family: string]: number } = {
  "bgp-ls": 10,
  "evpn": 1,
  "ipv4 flowspec": 49,
  "ipv4 flowspec-vpn": 4,
  "ipv4 labeled": 4,
  "ipv4 mup": 11,
  "ipv4 mvpn": 9,
  "ipv4 sr-policy": 6,
  "ipv4 vpn": 13,
  "ipv6 flowspec": 3,
  "ipv6 mup": 9,
  "ipv6 mvpn": 9,
  "ipv6 sr-policy": 2,
  "ipv6 vpn": 4,
  "vpls": 7,
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
    Deno.test(`ExaBGP decodes the NLRI ${id} as we do`, () => checkLinkState(fromHex(hex), expected));
    continue;
  }
  Deno.test(`ExaBGP decodes ${id} as we do`, () => {
    const bytes = full_message ? fromHex(hex) : asMessage(fromHex(hex));
    if (kind === "open") checkOpen(bytes, expected.neighbor!.open);
    else checkUpdate(id, bytes, decodingContext, expected.neighbor!.message!.update, undefined);
  });
}

Deno.test({
  name: "every message of ExaBGP's vectors was compared; of families that codecs read these",
  ignore: !present,
  fn() {
    assert.deepEqual(tally, {
      json: 261,
      command: 22,
      endOfRib: 86,
      withdraw: 2,
      otherTypes: 12,
      // Messages the vectors say nothing about: they are sound, and encoded again they say the same.
      onlyDecoded: 24,
      deviations: deviations.size,
      reencoded: 393,
      sameOctets: 293,
    });
    assert.deepEqual(families, codecFamilies);
  },
});

function unknownWellKnown(): string {
  return "attribute 0x99 with the Optional bit off: well-known, and we do not know it (RFC 4271 §6.3); ExaBGP keeps it";
}

function decodingCases(): DecodingCase[] {
  return readSharedJson<{ cases: DecodingCase[] }>(files[1]).cases;
}

/** One of the messages has an IPv6 next hop for VPNv4 (RFC 8950). */
const decodingContext = testContext({
  families: allFamilies,
  extendedNextHop: familyMask([familyByName("ipv4 vpn")!.id]),
});

function contextOf(file: EncodingFile): UpdateContext {
  const capabilities = file.session.flatMap(({ capability }) => capability).join(" ");
  const nextHops = file.session.flatMap(({ nexthop }) => nexthop).join(" ");
  const all = allFamilies;
  const addPath = capabilities.includes("add-path") ? all : 0;
  return testContext({
    families: all,
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
  const deviation = deviations.get(id);
  if (deviation !== undefined) {
    tally.deviations++;
    return assert.equal(view.verdict, deviation.verdict, deviation.why);
  }
  assert.deepEqual([view.verdict, view.faults, view.notice], ["accept", [], undefined]);
  const [nlri] = [...view.parts.flatMap(({ announced }) => announced), ...view.withdrawn];
  const family = nlri?.family ?? view.endOfRib;
  if (family !== undefined && familyByName(family)!.kind !== "prefix") count(families, family);

  const command = cmd === undefined ? undefined : parseRouteCommand(cmd);
  if (expected !== undefined) {
    tally.json++;
    assert.deepEqual(comparableJson(toExaBgp(view)), comparableJson(expected));
  } else if (command !== undefined) {
    tally.command++;
    checkCommand(view, command);
  } else if (cmd?.startsWith("announce eor ")) {
    tally.endOfRib++;
    assert.equal(view.endOfRib, familyByName(cmd.slice("announce eor ".length))!.name);
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

/** What we make of the decoded values: the same octets, in our order of attributes. */
function checkReencoded(view: UpdateView, context: UpdateContext, bytes: Uint8Array): void {
  const encoder = new UpdateEncoder({ ...context, maxMessageBytes: 4096 });
  if (view.endOfRib !== undefined) encoder.endOfRib(familyByName(view.endOfRib)!.id);
  if (view.withdrawn.length > 0) encoder.beginWithdraw(familyByName(view.withdrawn[0]!.family)!.id);
  for (const nlri of view.withdrawn) addTo(encoder, nlri);
  for (const { announced, wire } of view.parts) {
    if (announced.length === 0) continue;
    const { family, value } = announced[0]!;
    encoder.begin(value === undefined ? wire : withNlriValue(wire, encodeNlriValue(value)), familyByName(family)!.id);
    for (const nlri of announced) addTo(encoder, nlri);
  }
  const encoded = encoder.take();
  if (encoded.length === 0) return;
  tally.reencoded++;
  const nlri = [...view.withdrawn, ...view.parts.flatMap(({ announced }) => announced)];
  if (nlri.length === 0) return assert.equal(viewUpdate(encoded, context).endOfRib, view.endOfRib);
  const again = viewUpdate(encoded, context);
  const { attribute: _, ...withdrawal } = toExaBgp(view);
  assert.deepEqual(
    toExaBgp(again),
    view.parts.some(({ announced }) => announced.length > 0) ? toExaBgp(view) : withdrawal,
  );
  checkOctets(encoded, bytes, view);
}

function addTo(encoder: UpdateEncoder, { family, prefix, pathId }: NlriView): void {
  const codec = nlriCodec(familyByName(family)!.id);
  if (codec !== undefined) return encoder.addNlri(codec.parse(prefix) as Uint8Array, pathId);
  const { octets, length } = parsePrefix(prefix)!;
  const words = new DataView(new Uint8Array([...octets, ...new Uint8Array(12)]).buffer);
  encoder.add(words.getInt32(0), words.getInt32(4), words.getInt32(8), words.getInt32(12), length, pathId);
}

/**
 * The octets of every attribute, and of NLRI outside of attributes. ExaBGP sends MP_REACH_NLRI last, withdraws with
 * attributes (RFC 4760 §4 asks for none) and with the label (RFC 8277 §2.4 has a value for that), and sends a NEXT_HOP
 * beside that of MP_REACH_NLRI (RFC 4760 §3: "SHOULD NOT").
 */
function checkOctets(encoded: Uint8Array, bytes: Uint8Array, view: UpdateView): void {
  const [ours, theirs] = [encoded, bytes].map(partsOf);
  if (view.parts.every(({ announced }) => announced.length === 0)) {
    const isLabeled = /label|vpn$/.test(view.withdrawn[0]!.family) && !view.withdrawn[0]!.family.includes("flow");
    if (isLabeled || view.withdrawn[0]!.family === "vpls") return;
    for (const name of theirs!.keys()) if (name !== "15" && name !== "withdrawn") theirs!.delete(name);
  } else if (theirs!.has("14") && view.parts.length === 1) theirs!.delete("3");
  tally.sameOctets++;
  assert.deepEqual(ours, theirs);
}

/** What is passed on without being read becomes Partial (RFC 4271 §5). */
const ignoredFlags = ~(AttributeFlag.extendedLength | AttributeFlag.partial);

/** Withdrawn prefixes, attributes by code, and NLRI, each in hexadecimal; without those that are empty. */
function partsOf(bytes: Uint8Array): Map<string, string> {
  const withdrawnEnd = 21 + (bytes[19]! << 8) + bytes[20]!;
  const attributesEnd = withdrawnEnd + 2 + (bytes[withdrawnEnd]! << 8) + bytes[withdrawnEnd + 1]!;
  const parts = new Map<string, string>();
  for (const { code, value, bytes: [flags] } of rawAttributes(bytes.subarray(withdrawnEnd + 2, attributesEnd))) {
    parts.set(String(code), `${flags! & ignoredFlags} ${toHex(value!)}`);
  }
  const rest = { withdrawn: bytes.slice(21, withdrawnEnd), nlri: bytes.slice(attributesEnd) };
  for (const [name, octets] of Object.entries(rest)) if (octets.length > 0) parts.set(name, toHex(octets));
  return new Map([...parts].sort(([a], [b]) => a < b ? -1 : 1));
}

/** An NLRI of BGP-LS on its own. */
function checkLinkState(bytes: Uint8Array, expected: unknown): void {
  const family = familyByName("bgp-ls")!;
  const codec = nlriCodec(family.id)!;
  assert.equal(codec.size(bytes, 0, bytes.length), bytes.length);
  assert.equal(codec.fault(bytes, 0, bytes.length, false), undefined);
  const { key, value } = codec.split(bytes, 0, bytes.length, false);
  const nlri = { family: family.name, prefix: codec.format(key), pathId: -1, value: decodeNlriValue(value) };
  assert.deepEqual(nlriOf(nlri), comparableNlri("bgp-ls bgp-ls", expected as Json));
  assert.equal(toHex(codec.join(key, value)), toHex(bytes));
  count(families, family.name);
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

function count(table: { [name: string]: number }, name: string): void {
  table[name] = (table[name] ?? 0) + 1;
}
