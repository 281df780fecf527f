/**
 * Malformed attributes other projects found worth keeping (`../shared/data/vectors`, see its README). Read where they
 * are, never copied; where they are not, the tests say so and pass.
 */
import assert from "node:assert/strict";
import {
  decodeAttributeSet,
  formatCommunity,
  formatLargeCommunity,
  originName,
  type UpdateContext,
} from "../../../src/message/mod.ts";
import { familyMask, formatIpv4Number, parseAddress } from "../../../src/types/mod.ts";
import { fromHex, toHex } from "../../golden/golden.ts";
import { attribute, ebgp, ends, ibgp, outcomeOf, receive, routeWith, someReach, sound, update } from "./updates.ts";

const folder = new URL("../../../../shared/data/vectors/", import.meta.url);

/** The file's value, or `undefined` after having said that it is not there. */
function readVectors(name: string): unknown {
  try {
    return JSON.parse(Deno.readTextFileSync(new URL(name, folder)));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.warn(`SKIPPED: ${name} is not in ${folder.pathname}; its vectors are not tested`);
    return undefined;
  }
}

interface FrrCase {
  readonly name: string;
  readonly attr_type: number | null;
  readonly flags: number;
  readonly value_hex: string;
  readonly nexthop: string | null;
  readonly expected: Readonly<Record<string, "discard" | "withdraw" | "session-reset">>;
  readonly skip: readonly string[];
  readonly notification: readonly [number, number] | null;
  readonly propagate: "must" | "must-not" | null;
}

Deno.test("frr-rfc7606-cases.json: every case comes to the file's verdict, inside and outside", () => {
  const cases = readVectors("frr-rfc7606-cases.json") as readonly FrrCase[] | undefined;
  if (cases === undefined) return;
  assert.equal(cases.length, 88);
  for (const row of cases) {
    for (const [kind, context] of [["ebgp", ebgp], ["ibgp", ibgp]] as const) {
      const expected = row.expected[kind];
      if (expected === undefined) continue;
      const outcome = receive(messageOf(row), context);
      const name = `${row.name} ${kind}: ${outcome.faults.map(({ text }) => text).join("; ")}`;
      if (expected === "withdraw") {
        assert.equal(outcome.kind, "treatAsWithdraw", name);
        assert.deepEqual(outcome.announced, ["192.0.2.0/24"], name);
      } else if (expected === "session-reset") {
        assert.equal(outcome.kind, "sessionReset", name);
        const { code, subcode } = outcome.faults[0]!.notification;
        assert.deepEqual([code, subcode], row.notification, name);
      } else {
        assert.equal(outcome.kind, "accept", name);
        const kept = row.propagate === "must";
        const there = attribute(row.attr_type!, row.value_hex, row.flags);
        assert.equal(outcome.set.includes(there), kept, `${name}: ${outcome.set}`);
      }
    }
  }
});

function messageOf(row: FrrCase): Uint8Array {
  if (row.nexthop !== null) return routeWith({ 3: attribute(3, toHex(parseAddress(row.nexthop)!)) });
  const whole = attribute(row.attr_type!, row.value_hex, row.flags);
  if (row.attr_type === 14 || row.attr_type === 15) return update({ attributes: [whole, sound[1]!, sound[2]!] });
  return routeWith({ [row.attr_type!]: whole });
}

interface FrrUnit {
  readonly table: string;
  readonly name: string;
  readonly desc: string;
  readonly hex: string;
  readonly expect: string;
}

/** Where we come to another verdict than FRR, and why. */
const explained: Readonly<Record<string, string>> = {
  "IPv6-bug": "an MP_REACH_NLRI without NLRI: FRR finds it malformed, RFC 7606 §7.11 does not; nothing is announced",
};

Deno.test("frr-unit-vectors.json: MP_REACH_NLRI and MP_UNREACH_NLRI of our families", () => {
  const file = readVectors("frr-unit-vectors.json") as { cases: readonly FrrUnit[] } | undefined;
  if (file === undefined) return;
  const context: UpdateContext = { ...ebgp, families: familyMask([1, 2, 3, 4]) };
  let seen = 0;
  for (const row of file.cases) {
    const code = row.table === "mp_reach_segments" ? 14 : row.table === "mp_unreach_segments" ? 15 : undefined;
    if (code === undefined || row.name.includes("VPNv4")) continue;
    seen++;
    const message = update({ attributes: [attribute(code, row.hex), sound[1]!, sound[2]!] });
    const outcome = receive(message, context);
    if (explained[row.name] !== undefined) {
      assert.deepEqual([outcome.kind, outcome.announced], ["accept", []], row.desc);
      continue;
    }
    assert.equal(
      outcome.kind === "sessionReset",
      row.expect.endsWith("ERR"),
      `${row.desc}: ${outcome.faults[0]?.text}`,
    );
  }
  assert.ok(seen >= 18, `${seen} rows`);
});

interface AsPathVector {
  readonly table: string;
  readonly name: string;
  readonly hex: string;
  readonly expect: unknown;
}

Deno.test("frr-unit-vectors.json: no byte string of it makes a validation throw", () => {
  const file = readVectors("frr-unit-vectors.json") as { cases: readonly AsPathVector[] } | undefined;
  if (file === undefined) return;
  for (const row of file.cases) {
    if (!/^([0-9a-f]{2})*$/.test(row.hex ?? "x")) continue;
    for (const code of [2, 17]) {
      receive(routeWith({ [code]: attribute(code, row.hex) }), { ...ebgp, fourOctetAs: false });
      receive(routeWith({ [code]: attribute(code, row.hex) }));
    }
    receive(update({ attributes: [row.hex], nlri: "18 c00002" }));
  }
});

interface ExaBgpFile {
  readonly files: readonly { readonly id: string; readonly cases: readonly ExaBgpCase[] }[];
}

interface ExaBgpCase {
  readonly raw: string;
  readonly json?: {
    readonly neighbor?: { readonly message?: { readonly update?: ExaBgpUpdate } };
  };
}

interface ExaBgpUpdate {
  readonly attribute?: ExaBgpAttributes;
  readonly announce?: Readonly<Record<string, Readonly<Record<string, readonly { readonly nlri?: string }[]>>>>;
  readonly withdraw?: Readonly<Record<string, readonly { readonly nlri?: string }[]>>;
}

interface ExaBgpAttributes {
  readonly origin?: string;
  readonly med?: number;
  readonly "local-preference"?: number;
  readonly "as-path"?: Readonly<Record<string, { readonly element: string; readonly value: readonly number[] }>>;
  readonly community?: readonly (readonly [number, number])[];
  readonly "large-community"?: readonly (readonly number[])[];
  readonly "originator-id"?: string;
  readonly "cluster-list"?: readonly string[];
}

function compareAttributes(wire: string, expected: ExaBgpAttributes, id: string): void {
  const set = decodeAttributeSet(fromHex(wire));
  assert.equal(set.origin === undefined ? undefined : originName(set.origin), expected.origin, id);
  assert.equal(set.med, expected.med, id);
  assert.equal(set.localPref, expected["local-preference"], id);
  const path = Object.values(expected["as-path"] ?? {});
  assert.deepEqual(set.asPath.flatMap(({ asns }) => asns), path.flatMap(({ value }) => value), id);
  const pairs = (expected.community ?? []).map((parts) => parts.join(":"));
  assert.deepEqual(set.communities.map(formatCommunity).sort(), pairs.sort(), id);
  const triples = (expected["large-community"] ?? []).map((parts) => parts.join(":"));
  assert.deepEqual(set.largeCommunities.map(formatLargeCommunity).sort(), triples.sort(), id);
  assert.equal(
    set.originatorId === undefined ? undefined : formatIpv4Number(set.originatorId),
    expected["originator-id"],
    id,
  );
  assert.deepEqual(set.clusterList.map(formatIpv4Number), expected["cluster-list"] ?? [], id);
}

/**
 * Files with messages that a session of ours does not accept, and what we say. Attribute 153 claims to be well-known, which
 * to us it is not; RFC 8950 is about IPv4 prefixes only; 255.255.255.255 is nobody's address (RFC 4271 §6.3).
 */
const refused: Readonly<Record<string, RegExp>> = {
  "conf-generic-attribute": /^attribute 153: well-known/,
  "extended-nexthop": /^MP_REACH_NLRI: a next hop of 4 octets for ipv6 unicast$/,
  "conf-attributes": /^NEXT_HOP: is not a unicast address$/,
};

Deno.test("exabgp-encoding.json: prefixes and attributes of every unicast message are those the file names", () => {
  const file = readVectors("exabgp-encoding.json") as ExaBgpFile | undefined;
  if (file === undefined) return;
  const context: UpdateContext = { ...ibgp, extendedNextHop: ibgp.families };
  let compared = 0;
  for (const { id, cases } of file.files) {
    for (const { raw, json } of cases) {
      const expected = json?.neighbor?.message?.update;
      if (expected === undefined) continue;
      const families = [...Object.keys(expected.announce ?? {}), ...Object.keys(expected.withdraw ?? {})];
      if (!families.every((name) => name === "ipv4 unicast" || name === "ipv6 unicast") || families.length === 0) {
        continue;
      }
      const listed = (routes: readonly { readonly nlri?: string }[]) =>
        routes.map((route) => route.nlri ?? String(route));
      const announced = Object.values(expected.announce ?? {}).flatMap((byHop) => Object.values(byHop).flatMap(listed));
      const withdrawn = Object.values(expected.withdraw ?? {}).flatMap(listed);
      const bytes = fromHex(raw);
      const addPath = JSON.stringify(expected).includes("path-information");
      const outcome = receive(bytes, addPath ? { ...context, addPathReceive: context.families } : context, "unknown");
      const all = [...outcome.announced];
      while (outcome.scanner.nextPart()) all.push(...outcomeOf(outcome.scanner, bytes).announced);
      if (outcome.kind !== "accept") {
        assert.match(outcome.faults[0]!.text, refused[id] ?? /$^/, `${id} ${raw}`);
        continue;
      }
      if (expected.attribute !== undefined) compareAttributes(outcome.set, expected.attribute, id);
      const plain = (prefixes: readonly string[]) => prefixes.map((prefix) => prefix.split(" ")[0]).sort();
      assert.deepEqual(plain(all), announced.sort(), `${id} ${raw}`);
      assert.deepEqual(plain(outcome.withdrawn), withdrawn.sort(), id);
      compared++;
    }
  }
  assert.ok(compared > 100, `only ${compared} messages`);
});

Deno.test("a second part has the attributes of the first and a next hop of its own", () => {
  const bytes = update({ attributes: [someReach, ...Object.values(sound)], nlri: "18 c00002" });
  const first = receive(bytes, ebgp, ends);
  assert.match(first.set, /4003040a000002$/);
  assert.ok(first.scanner.nextPart());
  const second = outcomeOf(first.scanner, bytes);
  assert.deepEqual([second.kind, second.announced], ["accept", ["2001:db8::/32"]]);
  assert.match(second.set, /40031020010db8000000000000000000000001$/);
  assert.equal(first.scanner.nextPart(), false);
});
