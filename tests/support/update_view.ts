/** One UPDATE as plain values, for tests that compare our reading with another one. */
import {
  type AttributeSet,
  CodecCursor,
  decodeAttributeSet,
  decodeNlriValue,
  type Fault,
  formatNextHop,
  type NlriCodec,
  NlriCursor,
  type NlriValue,
  type SessionEnds,
  type UpdateContext,
  UpdateScanner,
} from "../../src/message/mod.ts";
import { familyOf, formatPrefix, type Prefix, prefixFamilies } from "../../src/types/mod.ts";

/** A prefix as text, e.g. `"192.0.2.0/24"`, or what a codec makes of an NLRI; `pathId` -1: none. */
export interface NlriView {
  readonly family: string;
  readonly prefix: string;
  /** Labels, ESI and gateway of an NLRI that a codec reads. */
  readonly value?: NlriValue;
  readonly pathId: number;
}

/** An attribute set with what it announces; of most messages there is one. */
export interface PartView {
  readonly attributes: AttributeSet;
  readonly wire: Uint8Array;
  readonly nextHop: string | undefined;
  readonly announced: readonly NlriView[];
}

export interface UpdateView {
  /** `familyDisable`: the NLRI of a family cannot be read, what else the message says is accepted. */
  readonly verdict: "accept" | "treatAsWithdraw" | "familyDisable" | "sessionReset";
  readonly faults: readonly Fault[];
  /** Empty unless accepted. */
  readonly parts: readonly PartView[];
  /** With treat-as-withdraw those that were announced, too. */
  readonly withdrawn: readonly NlriView[];
  readonly endOfRib: string | undefined;
  /** Why something was left out, e.g. a family that was not negotiated. */
  readonly notice: string | undefined;
}

/** A session that takes everything: iBGP, 4-octet ASNs, all families of prefixes, large messages. */
export function testContext(changes: Partial<UpdateContext> = {}): UpdateContext {
  return {
    internal: true,
    fourOctetAs: true,
    families: prefixFamilies,
    addPathReceive: 0,
    addPathSend: 0,
    extendedNextHop: 0,
    maxMessageBytes: 65535,
    localAsn: 65000,
    remoteAsn: 65000,
    ...changes,
  };
}

/** Scans and validates `bytes[start, end)`, as a session with an empty memory of attribute sets would. */
export function viewUpdate(
  bytes: Uint8Array,
  context: UpdateContext,
  ends?: SessionEnds,
  start = 0,
  end = bytes.length,
): UpdateView {
  const scanner = new UpdateScanner(context, ends);
  const scanned = scanner.scan(bytes, start, end);
  const endOfRib = scanner.endOfRib === 0 ? undefined : familyOf(scanner.endOfRib).name;
  const notice = scanner.notice?.text;
  const withdrawn: NlriView[] = [];
  if (scanned === "fault") {
    const fault = scanner.fault!;
    for (const block of scanner.blocks.slice(0, scanner.blockCount)) withdrawn.push(...prefixesOf(bytes, block));
    const verdict = fault.action === "sessionReset" ? "sessionReset" : "treatAsWithdraw";
    return { verdict, faults: [fault], parts: [], withdrawn, endOfRib, notice };
  }
  const parts: PartView[] = [];
  const faults: Fault[] = [];
  let verdict: UpdateView["verdict"] = "accept";
  if (scanner.familyFault !== undefined) {
    verdict = "familyDisable";
    faults.push(scanner.familyFault);
  }
  do {
    const blocks = scanner.blocks.slice(0, scanner.blockCount);
    const announced: NlriView[] = [];
    for (const block of blocks) (block.withdraw ? withdrawn : announced).push(...prefixesOf(bytes, block));
    if (announced.length === 0 && scanner.setLength === 0) continue;
    const outcome = scanner.validate();
    if (outcome.kind === "sessionReset") {
      return {
        verdict: "sessionReset",
        faults: [...faults, outcome.fault],
        parts: [],
        withdrawn: [],
        endOfRib,
        notice,
      };
    }
    if (outcome.kind === "treatAsWithdraw") {
      verdict = "treatAsWithdraw";
      faults.push(...outcome.faults);
      withdrawn.push(...announced);
      continue;
    }
    faults.push(...outcome.discarded);
    const wire = scanner.setBytes.slice(0, scanner.setLength);
    const attributes = decodeAttributeSet(wire);
    const nextHop = hasNextHop(attributes) ? formatNextHop(attributes.nextHop) : undefined;
    parts.push({ attributes, wire, nextHop, announced });
  } while (scanner.nextPart());
  return { verdict, faults, parts, withdrawn, endOfRib, notice };
}

/** FlowSpec has a next hop without octets. */
function hasNextHop(set: AttributeSet): set is AttributeSet & { nextHop: Uint8Array } {
  return set.nextHop !== undefined && set.nextHop.length > 0;
}

type Block = UpdateScanner["blocks"][number];

/** The NLRI of a block, in the order of the wire. */
export function prefixesOf(bytes: Uint8Array, block: Block): NlriView[] {
  if (block.codec !== undefined) return destinationsOf(bytes, block, block.codec);
  const cursor = new NlriCursor();
  cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
  const { name, addressBytes } = familyOf(block.family);
  const found: NlriView[] = [];
  while (cursor.next()) {
    const octets = new Uint8Array(16);
    const view = new DataView(octets.buffer);
    [cursor.w0, cursor.w1, cursor.w2, cursor.w3].forEach((word, i) => view.setInt32(4 * i, word));
    const prefix: Prefix = { octets: octets.slice(0, addressBytes), length: cursor.length };
    found.push({ family: name, prefix: formatPrefix(prefix), pathId: cursor.pathId });
  }
  return found;
}

function destinationsOf(bytes: Uint8Array, block: Block, codec: NlriCodec): NlriView[] {
  const cursor = new CodecCursor();
  cursor.reset(codec, bytes, block.start, block.end, block.addPath, block.withdraw);
  const { name } = familyOf(block.family);
  const found: NlriView[] = [];
  while (cursor.next()) {
    const { key, value, pathId } = cursor;
    found.push({ family: name, prefix: codec.format(key), pathId, value: decodeNlriValue(value) });
  }
  return found;
}
