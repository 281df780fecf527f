/**
 * Routes of our tables as the UPDATEs that a station reads. ASNs have four octets, whatever the session has. A set that
 * is too long for a message of the session, such as one that a policy made longer, goes into a longer message: nothing
 * is left out.
 */

import { AttributeCode, nextAttribute, type UpdateContext, UpdateEncoder } from "../../message/mod.ts";
import { type FamilyId, familyOf, limits, type PrefixSlot, writeUint32 } from "../../types/mod.ts";
import type { Destinations } from "../table/destinations.ts";
import { NlriTable } from "../table/nlri_table.ts";

/** Whole messages leave the encoder when they have so many octets. */
const fullBytes = 65_536;
/** Octets beside a set in a message: header, lengths, MP_REACH_NLRI with the longest next hop and a long NLRI. */
const besideSet = 1024;

export class TableEncoder {
  readonly #normal: UpdateEncoder;
  readonly #wide: UpdateEncoder;
  readonly #most: number;
  readonly #routerId: number;
  #current: UpdateEncoder;

  /** `context`: its `addPathSend` says which families have path identifiers. */
  constructor(context: UpdateContext, routerId: number) {
    this.#normal = new UpdateEncoder({ ...context, fourOctetAs: true });
    this.#wide = new UpdateEncoder({ ...context, fourOctetAs: true, maxMessageBytes: limits.extendedMessageBytes });
    this.#most = context.maxMessageBytes;
    this.#routerId = routerId;
    this.#current = this.#normal;
  }

  /** The routes added next have this set; `undefined`: they are withdrawn. */
  begin(family: FamilyId, setWire: Uint8Array | undefined): void {
    const isWide = setWire !== undefined && setWire.length + besideSet > this.#most;
    const next = isWide ? this.#wide : this.#normal;
    if (next !== this.#current) this.#current.finish();
    this.#current = next;
    if (setWire === undefined) next.beginWithdraw(family);
    else next.begin(withNextHop(setWire, family, this.#routerId), family);
  }

  add(destinations: Destinations, slot: PrefixSlot, pathId: number): void {
    const encoder = this.#current;
    if (destinations instanceof NlriTable) return encoder.addNlri(destinations.key(slot), pathId);
    const { words, lengths, wordsPerPrefix } = destinations;
    const length = lengths[slot]!;
    if (wordsPerPrefix === 1) return encoder.add(words[slot]!, 0, 0, 0, length, pathId);
    const at = slot << 2;
    encoder.add(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, length, pathId);
  }

  get isFull(): boolean {
    return this.#normal.size + this.#wide.size >= fullBytes;
  }

  get hasMessages(): boolean {
    return this.#normal.size + this.#wide.size > 0;
  }

  /** Whole messages, back to back. `add` may continue after it. */
  take(): Uint8Array {
    const normal = this.#normal.take(), wide = this.#wide.take();
    if (wide.length === 0) return normal;
    const bytes = new Uint8Array(normal.length + wide.length);
    bytes.set(normal);
    bytes.set(wide, normal.length);
    return bytes;
  }

  endOfRib(family: FamilyId): Uint8Array {
    this.#normal.endOfRib(family);
    return this.#normal.take();
  }
}

/** A route that we originate may have no next hop: we are its next hop. An UPDATE needs one, so our router id is it. */
function withNextHop(wire: Uint8Array, family: FamilyId, routerId: number): Uint8Array {
  const { nextHop, addressBytes } = familyOf(family);
  if (nextHop === "none") return wire;
  let at = 0;
  for (; at < wire.length && wire[at + 1]! <= AttributeCode.nextHop; at = nextAttribute(wire, at)) {
    if (wire[at + 1] === AttributeCode.nextHop) return wire;
  }
  const isMapped = nextHop !== "any" && addressBytes === 16;
  const size = isMapped ? 16 : 4;
  const bytes = new Uint8Array(wire.length + 3 + size);
  bytes.set(wire.subarray(0, at));
  bytes.set([0x40, AttributeCode.nextHop, size], at);
  if (isMapped) bytes.fill(255, at + 13, at + 15);
  writeUint32(bytes, at + 3 + size - 4, routerId);
  bytes.set(wire.subarray(at), at + 3 + size);
  return bytes;
}
