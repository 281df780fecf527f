/** The byte strings of FRRouting's unit tests, with their verdicts. Its malformed attributes: `malformed_test.ts`. */
import assert from "node:assert/strict";
import {
  asPathLength,
  type AsPathSegment,
  AttributeCode,
  attributeRow,
  decodeOpen,
  formatAsPath,
  formatExtCommunity,
  MessageType,
  SegmentType,
  type UpdateContext,
} from "../../src/message/mod.ts";
import { hasShared, readSharedJson } from "../support/shared_data.ts";
import { testContext, viewUpdate } from "../support/update_view.ts";
import { attribute, bgpMessage, updateOf } from "../support/wire.ts";
import { fromHex } from "./golden.ts";

interface UnitVector {
  readonly file: string;
  readonly table: string;
  readonly name: string;
  readonly desc: string;
  readonly hex: string;
  readonly len: number | null;
  readonly expect: string | readonly string[];
  readonly extra?: readonly string[];
  readonly sort?: string;
  readonly sub_sort?: string;
  readonly has_nlri?: string;
}

const localAsn = 65000;
const contexts: Readonly<Record<"ebgp" | "ibgp", UpdateContext>> = {
  ebgp: testContext({ internal: false, localAsn, remoteAsn: 65001 }),
  ibgp: testContext({ internal: true, localAsn, remoteAsn: localAsn }),
};
const unitFile = "vectors/frr-unit-vectors.json";
const vectors = hasShared("FRR's unit vectors", unitFile)
  ? readSharedJson<{ cases: UnitVector[] }>(unitFile).cases.map((row) => ({ ...row, table: `${tableOf(row)}` }))
  : [];

/** What is not ours to decode yet, by name. */
const later: ReadonlyMap<string, readonly string[]> = new Map([
  ["labelled VPN routes (RFC 4364)", [
    "IPv4-VPNv4",
    "IPv4-VPNv4-bogus-plen",
    "IPv4-VPNv4-plen1-short",
    "IPv4-VPNv4-plen1-long",
    "IPv4-VPNv4-plenn-long",
    "IPv4-VPNv4-plenn-short",
    "IPv4-VPNv4-bogus-rd-type",
    "IPv4-VPNv4-0-nlri",
    "IPv4-unreach-VPNv4",
  ]],
  ["dynamic capability messages (an expired draft)", [
    "DynCap",
    "DynCapLong",
    "DynCapPadded",
    "DynCapMPCpadded",
    "DynCapMPCoverflow",
  ]],
  ["sessions inside one administration (draft-uttaro-idr-bgp-oad)", [
    "local-pref-len-3-ebgp-oad",
    "local-pref-len-0-ebgp-oad",
  ]],
]);
const laterNames = new Set([...later.values()].flat());

/** Where we come to another verdict, and why. */
const multicast = "its next hop fffe:… is a multicast address, so the routes are withdrawn (RFC 4271 §6.3)";
const filtering = "outbound route filtering (RFC 5291) is none of ours: nobody looks inside, nor is it announced";
const asZero = "AS 0 in a path makes it malformed (RFC 7607 §2); FRR checks that after parsing";
const deviations: ReadonlyMap<string, string> = new Map([
  ["IPv6", multicast],
  ["IPv6-2", multicast],
  ["IPv6-default", multicast],
  ["IPv6-lnh", multicast],
  ["IPv6-bug", "MP_REACH_NLRI ends after its next hop: nothing is announced, and nothing is wrong (RFC 4760 §3)"],
  ["padded", "a route refresh capability has no octets (RFC 2918 §2); with some it counts as not announced"],
  ["minsize", filtering],
  ["ORF-empty", filtering],
  ["BGP_AS_ZERO", asZero],
  ["BGP_AS_ZERO asdot+", asZero],
]);

for (const row of vectors.filter(({ name }) => !laterNames.has(name))) {
  const why = deviations.get(row.name);
  Deno.test(`FRR ${row.table} ${row.name}: ${row.desc}${why === undefined ? "" : ` (not so: ${why})`}`, () => {
    if (why === undefined) check(row);
    else assert.throws(() => check(row), assert.AssertionError, why);
  });
}

Deno.test({
  name: "FRR's unit vectors: the ones left for later are these",
  ignore: vectors.length === 0,
  fn() {
    assert.equal(vectors.length, 130);
    const left = vectors.filter(({ name }) => laterNames.has(name)).length;
    assert.deepEqual([...later.values()].flat().length, left);
    assert.deepEqual([...deviations.keys()].filter((name) => !vectors.some((row) => row.name === name)), []);
  },
});

function tableOf({ file, table }: UnitVector): string {
  return table === "test_segments" ? file.replace(/^.*test_|\.c$/g, "") : table;
}

function check(row: UnitVector): void {
  const bytes = fromHex(row.hex).subarray(0, row.len ?? undefined);
  switch (row.table) {
    case "mp_reach_segments":
      return checkMp(AttributeCode.mpReachNlri, bytes, row.expect === "SHOULD_PARSE");
    case "mp_unreach_segments":
      return checkMp(AttributeCode.mpUnreachNlri, bytes, row.expect === "SHOULD_PARSE");
    case "mp_prefix_sid":
      return assert.equal(
        attributeRow(AttributeCode.prefixSid)!.check(bytes, 0, bytes.length, contexts.ebgp),
        undefined,
      );
    case "attr_tests":
      return checkAttributes(row, bytes);
    case "aspath":
      return checkAsPath(row, bytes);
    case "ecommunity":
      return assert.equal(formatExtCommunity(bytes), String(row.expect).replace(" ", ":"));
    case "opt_params":
      return checkOpen(row, bytes);
    case "capability":
    case "mp_segments":
    case "misc_segments":
      return checkCapability(row, bytes);
    default:
      assert.fail(`nobody checks ${row.table}`);
  }
}

function checkMp(code: number, value: Uint8Array, sound: boolean): void {
  const base = [attribute(0x40, 1, "00"), attribute(0x40, 2, "")];
  const message = updateOf([...base, attribute(0x80, code, value)], "");
  const view = viewUpdate(message, contexts.ibgp);
  assert.deepEqual([view.verdict, view.notice], [sound ? "accept" : "sessionReset", undefined]);
}

function checkAttributes(row: UnitVector, block: Uint8Array): void {
  const context = contexts[row.sort === "BGP_PEER_EBGP" ? "ebgp" : "ibgp"];
  const view = viewUpdate(updateOf([block], row.has_nlri === "true" ? "18c00002" : ""), context);
  const verdict = {
    BGP_ATTR_PARSE_PROCEED: "accept",
    BGP_ATTR_PARSE_WITHDRAW: "treatAsWithdraw",
    BGP_ATTR_PARSE_ERROR: "sessionReset",
  }[String(row.expect)];
  assert.equal(view.verdict, verdict);
}

function checkAsPath(row: UnitVector, value: Uint8Array): void {
  const [text, , hops] = row.expect as readonly string[];
  const context = testContext({ fourOctetAs: false });
  const message = updateOf(
    [attribute(0x40, 1, "00"), attribute(0x40, 2, value), attribute(0x40, 3, "0a000002")],
    "18c00002",
  );
  const view = viewUpdate(message, context);
  if (text === "NULL") return assert.equal(view.verdict, "treatAsWithdraw");
  assert.equal(view.verdict, "accept");
  const path = view.parts[0]!.attributes.asPath;
  assert.equal(formatAsPath(joined(path.map(sorted))), text!.replace(/\b0\./g, ""));
  assert.equal(asPathLength(path.map(sorted)), Number(hops));
}

/** FRR keeps sets sorted, each AS once, which changes nothing in what a set means. We keep what came. */
function sorted(segment: AsPathSegment): AsPathSegment {
  const isSet = segment.type === SegmentType.set || segment.type === SegmentType.confedSet;
  return isSet ? { ...segment, asns: [...new Set(segment.asns)].sort((a, b) => a - b) } : segment;
}

/** FRR prints neighbouring sequences as one. */
function joined(path: readonly AsPathSegment[]): AsPathSegment[] {
  const result: AsPathSegment[] = [];
  for (const segment of path) {
    const last = result.at(-1);
    if (last?.type !== segment.type || segment.type !== SegmentType.sequence) result.push(segment);
    else result[result.length - 1] = { ...last, asns: [...last.asns, ...segment.asns] };
  }
  return result;
}

function openOf(parameters: Uint8Array): Uint8Array {
  return bgpMessage(MessageType.open, [...fromHex("045ba000b40a000001"), parameters.length, ...parameters]);
}

function checkOpen(row: UnitVector, parameters: Uint8Array): void {
  const result = decodeOpen(openOf(parameters));
  assert.ok(result.kind === "open");
  const [asn] = row.extra ?? [];
  assert.equal(result.open.asn, asn === undefined ? 23456 : Number(asn));
}

/** Capability codes we keep as octets: outbound route filtering, dynamic capabilities. */
const keptAsOctets = [3, 66, 67];

function checkCapability(row: UnitVector, bytes: Uint8Array): void {
  const result = decodeOpen(openOf(Uint8Array.of(2, bytes.length, ...bytes)));
  const capabilities = result.kind === "open" ? result.open.capabilities : [];
  // Malformed: the OPEN does not parse, or the capability counts as not announced.
  const sound = capabilities.length === 1 && (capabilities[0]!.kind !== "unknown" || keptAsOctets.includes(bytes[0]!));
  assert.equal(sound, row.expect === "SHOULD_PARSE");
  const [capability] = capabilities;
  if (capability?.kind === "multiprotocol") assert.deepEqual([capability.afi, capability.safi], [bytes[3], bytes[5]]);
  if (capability?.kind === "fourOctetAs") assert.equal(capability.asn, Number(row.extra![0]));
}
