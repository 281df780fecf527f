/** UPDATEs for tests, from the parts a test is about. */
import assert from "node:assert/strict";
import {
  attributeRow,
  type AttributeSet,
  CodecCursor,
  decodeNlriValue,
  emptyAttributeSet,
  encodeAttributeSet,
  type Fault,
  type NlriBlock,
  type NlriCodec,
  NlriCursor,
  type SessionEnds,
  type SetVerdict,
  type UpdateContext,
  UpdateScanner,
} from "../../../src/message/mod.ts";
import {
  type FamilyId,
  familyMask,
  familyOf,
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  maskPrefix,
} from "../../../src/types/mod.ts";
import { fromHex, toHex } from "../../golden/golden.ts";

export const ebgp: UpdateContext = {
  internal: false,
  fourOctetAs: true,
  families: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
  addPathReceive: 0,
  addPathSend: 0,
  extendedNextHop: 0,
  maxMessageBytes: 4096,
  localAsn: 65000,
  remoteAsn: 65001,
};
export const ibgp: UpdateContext = { ...ebgp, internal: true, localAsn: 65001 };
export const oldSpeaker: UpdateContext = { ...ebgp, fourOctetAs: false };

export const ends: SessionEnds = { local: Uint8Array.of(10, 0, 0, 1), remote: Uint8Array.of(10, 0, 0, 2) };

/** Sound attributes of a route, each whole, by code. */
export const sound: Readonly<Record<number, string>> = {
  1: "40 01 01 00",
  2: "40 02 06 02 01 0000fde9",
  3: "40 03 04 0a000002",
};
/** 192.0.2.0/24. */
export const someNlri = "18 c00002";
/** 2001:db8::/32 with next hop 2001:db8::1. */
export const someReach = "80 0e 1a 0002 01 10 20010db8000000000000000000000001 00 20 20010db8";

export interface Parts {
  readonly withdrawn?: string;
  /** Each whole, with its header. */
  readonly attributes?: readonly string[];
  readonly nlri?: string;
}

/** A whole message; all parts in hexadecimal. */
export function update({ withdrawn = "", attributes = [], nlri = "" }: Parts): Uint8Array {
  const withdrawnBytes = fromHex(withdrawn);
  const attributeBytes = fromHex(attributes.join(""));
  const nlriBytes = fromHex(nlri);
  const length = 23 + withdrawnBytes.length + attributeBytes.length + nlriBytes.length;
  const u16 = (value: number) => [value >>> 8, value & 255];
  return Uint8Array.from([
    ...new Array(16).fill(255),
    ...u16(length),
    2,
    ...u16(withdrawnBytes.length),
    ...withdrawnBytes,
    ...u16(attributeBytes.length),
    ...attributeBytes,
    ...nlriBytes,
  ]);
}

/** One attribute in hexadecimal. */
export function attribute(code: number, value: string, flags = attributeRow(code)?.flags ?? 0xc0): string {
  const octets = fromHex(value);
  const length = octets.length > 255 ? Uint8Array.of(octets.length >>> 8, octets.length) : Uint8Array.of(octets.length);
  return toHex(Uint8Array.of(octets.length > 255 ? flags | 16 : flags, code, ...length, ...octets));
}

/** A sound route with further attributes, or others in the place of its own. An empty text leaves one out. */
export function routeWith(extra: Readonly<Record<number, string>>, nlri = someNlri): Uint8Array {
  return update({ attributes: Object.values({ ...sound, ...extra }).filter((text) => text !== ""), nlri });
}

export interface Outcome {
  readonly kind: "accept" | "treatAsWithdraw" | "sessionReset";
  readonly faults: readonly Fault[];
  /** Canonical bytes of the set that was kept. */
  readonly set: string;
  readonly announced: readonly string[];
  readonly withdrawn: readonly string[];
  readonly scanner: UpdateScanner;
}

/** What a RIB would make of a message's first part. */
export function receive(
  bytes: Uint8Array,
  context: UpdateContext = ebgp,
  sessionEnds: SessionEnds | "unknown" = ends,
  scanner: UpdateScanner = new UpdateScanner(context, sessionEnds === "unknown" ? undefined : sessionEnds),
): Outcome {
  if (scanner.scan(bytes, 0, bytes.length) === "fault") {
    const fault = scanner.fault!;
    assert.ok(fault.action !== "attributeDiscard" && fault.action !== "familyDisable");
    return { kind: fault.action, faults: [fault], set: "", ...prefixesOf(scanner, bytes), scanner };
  }
  return outcomeOf(scanner, bytes);
}

/** The outcome of the part the scanner stands at. */
export function outcomeOf(scanner: UpdateScanner, bytes: Uint8Array): Outcome {
  const verdict = scanner.validate();
  const set = verdict.kind === "accept" ? toHex(scanner.setBytes.subarray(0, scanner.setLength)) : "";
  return { kind: verdict.kind, faults: faultsOf(verdict), set, ...prefixesOf(scanner, bytes), scanner };
}

function faultsOf(verdict: SetVerdict): readonly Fault[] {
  if (verdict.kind === "accept") return verdict.discarded;
  return verdict.kind === "treatAsWithdraw" ? verdict.faults : [verdict.fault];
}

function prefixesOf(scanner: UpdateScanner, bytes: Uint8Array): { announced: string[]; withdrawn: string[] } {
  const announced: string[] = [];
  const withdrawn: string[] = [];
  const cursor = new NlriCursor();
  for (let i = 0; i < scanner.blockCount; i++) {
    const block = scanner.blocks[i]!;
    if (block.codec !== undefined) {
      (block.withdraw ? withdrawn : announced).push(...codecTexts(bytes, block, block.codec));
      continue;
    }
    cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
    while (cursor.next()) (block.withdraw ? withdrawn : announced).push(prefixText(cursor, block.family));
  }
  return { announced, withdrawn };
}

/** `65000:1 192.0.2.0/24`, with labels and a path identifier behind it: `65000:1 192.0.2.0/24 labels 16 path 7`. */
function codecTexts(bytes: Uint8Array, block: NlriBlock, codec: NlriCodec): string[] {
  const cursor = new CodecCursor();
  cursor.reset(codec, bytes, block.start, block.end, block.addPath, block.withdraw);
  const texts: string[] = [];
  while (cursor.next()) {
    const { labels } = decodeNlriValue(cursor.value);
    const path = cursor.pathId === -1 ? "" : ` path ${cursor.pathId}`;
    const stack = labels.length === 0 ? "" : ` labels ${labels.map((label) => label >>> 4).join(" ")}`;
    texts.push(`${codec.format(cursor.key)}${stack}${path}`);
  }
  return texts;
}

export function prefixText(cursor: NlriCursor, family: FamilyId): string {
  const octets = new Uint8Array(familyOf(family).addressBytes);
  const view = new DataView(octets.buffer);
  [cursor.w0, cursor.w1, cursor.w2, cursor.w3].slice(0, octets.length / 4).forEach((word, i) =>
    view.setInt32(4 * i, word)
  );
  const text = formatPrefix({ octets, length: cursor.length });
  assert.equal(text, formatPrefix(maskPrefix(octets, cursor.length)), "host bits are cleared");
  return cursor.pathId === -1 ? text : `${text} path ${cursor.pathId}`;
}

/** The canonical bytes of a set, from its parts. */
export function wireOf(parts: Partial<AttributeSet>): Uint8Array {
  return encodeAttributeSet({ ...emptyAttributeSet(), ...parts });
}
