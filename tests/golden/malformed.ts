/**
 * UPDATEs with one malformed attribute each, and their consequence: the rows of `malformed.json`, and FRRouting's cases
 * where `../shared/data` is present.
 */
import { AttributeCode } from "../../src/message/mod.ts";
import { parseAddress, parsePrefix } from "../../src/types/mod.ts";
import { hasShared, readSharedJson } from "../support/shared_data.ts";
import { attribute, updateOf } from "../support/wire.ts";
import { fromHex } from "./golden.ts";

export type PeerKind = "external" | "internal";

/**
 * `discard`, `ignore` and `passOn` keep the route: without the attribute and with a fault, without both, or with it.
 */
export type Consequence = "discard" | "ignore" | "passOn" | "withdraw" | "reset";

export interface MalformedRow {
  readonly description: string;
  readonly rfc: string;
  /** The whole attribute in hex. It takes the place of the sound one with the same code. */
  readonly attribute: string;
  /** What follows from it on a session with an external peer; absent: the RFCs leave it open. */
  readonly external?: Consequence;
  readonly internal?: Consequence;
  /** Code and subcode of the NOTIFICATION, e.g. `"3/9"`, where the session is reset. */
  readonly notification?: string;
}

/** The project's own rows. */
export const ownRows: readonly MalformedRow[] = JSON.parse(
  Deno.readTextFileSync(new URL("malformed.json", import.meta.url)),
);

/** Between 4-octet speakers: `peerAsn` announces to AS 65000. */
export const peerAsns = { external: 65001, internal: 65000 } as const;

/** The attributes that every route needs, as a peer of this kind sends them. */
export function soundAttributes(kind: PeerKind): Uint8Array[] {
  const sound = [
    attribute(0x40, AttributeCode.origin, "00"),
    attribute(0x40, AttributeCode.asPath, kind === "external" ? "02010000fde9" : ""),
    attribute(0x40, AttributeCode.nextHop, "0a000002"),
  ];
  return kind === "external" ? sound : [...sound, attribute(0x40, AttributeCode.localPref, "00000064")];
}

/** An UPDATE that is sound but for the attribute of the row. */
export function malformedUpdate(row: MalformedRow, kind: PeerKind, prefix: string): Uint8Array {
  const malformed = fromHex(row.attribute);
  const set = new Map(soundAttributes(kind).map((bytes) => [bytes[1]!, bytes]));
  set.set(malformed[1]!, malformed);
  return updateOf([...set.values()], nlriOf(prefix));
}

/** A prefix of IPv4 as it stands in an UPDATE. */
export function nlriOf(prefix: string): Uint8Array {
  const { octets, length } = parsePrefix(prefix)!;
  return Uint8Array.of(length, ...octets.subarray(0, Math.ceil(length / 8)));
}

/** One of FRRouting's 88 cases, as its file has them. */
interface FrrCase {
  readonly name: string;
  readonly attr_type: number | null;
  readonly flags: number;
  readonly value_hex: string | null;
  readonly nexthop: string | null;
  readonly expected: Readonly<Partial<Record<"ebgp" | "ibgp" | "ebgp-oad", "discard" | "withdraw" | "session-reset">>>;
  readonly spec: string;
  readonly notification: readonly [number, number] | null;
  readonly propagate: "must" | "must-not" | null;
}

const frrFile = "vectors/frr-rfc7606-cases.json";

/**
 * Where we come to another consequence than FRRouting. Its file withdraws the route for a broken AS4_PATH from a
 * 4-octet speaker by RFC 6793 §6, which is about 2-octet speakers. By §4.1 a 4-octet speaker discards the attribute
 * unread.
 */
const discardedByUs = "as4path-seg-type-0";

/** FRRouting's cases as rows like ours; none where the file is absent. */
export function frrRows(): MalformedRow[] {
  if (!hasShared("FRRouting's malformed attributes", frrFile)) return [];
  return readSharedJson<FrrCase[]>(frrFile).map((row) => ({
    description: `FRRouting: ${row.name}`,
    rfc: row.spec,
    attribute:
      (row.nexthop !== null
        ? attribute(0x40, AttributeCode.nextHop, parseAddress(row.nexthop)!)
        : attribute(row.flags, row.attr_type!, row.value_hex ?? "")).toHex(),
    ...consequence("external", row, row.expected.ebgp),
    ...consequence("internal", row, row.expected.ibgp),
    ...row.notification === null ? {} : { notification: row.notification.join("/") },
  }));
}

function consequence(kind: PeerKind, { name, propagate }: FrrCase, expected: string | undefined) {
  if (expected === undefined) return {};
  if (expected === "session-reset") return { [kind]: "reset" };
  if (name === discardedByUs) return { [kind]: "discard" };
  if (expected === "withdraw") return { [kind]: "withdraw" };
  return { [kind]: propagate === "must" ? "passOn" : propagate === "must-not" ? "ignore" : "discard" };
}
