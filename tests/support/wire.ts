/** Builds messages octet by octet, right or wrong, also those that no encoder of ours writes. */
import { MessageType } from "../../src/message/mod.ts";
import { fromHex } from "../golden/golden.ts";

type Octets = Uint8Array | string;

function octets(value: Octets): Uint8Array {
  return typeof value === "string" ? fromHex(value) : value;
}

/** A message with a right header. */
export function bgpMessage(type: number, body: Iterable<number>): Uint8Array {
  const message = Uint8Array.of(...new Array<number>(16).fill(255), 0, 0, type, ...body);
  new DataView(message.buffer).setUint16(16, message.length);
  return message;
}

/** One path attribute; its length has one octet unless the flags or the value want two. */
export function attribute(flags: number, code: number, value: Octets): Uint8Array {
  const content = octets(value);
  const long = (flags & 0x10) !== 0 || content.length > 255;
  const length = long ? [content.length >>> 8, content.length & 255] : [content.length];
  return Uint8Array.of(long ? flags | 0x10 : flags, code, ...length, ...content);
}

/** An UPDATE of these attributes, which may be broken; prefixes as on the wire. */
export function updateOf(attributes: readonly Uint8Array[], nlri: Octets, withdrawn: Octets = ""): Uint8Array {
  const block = attributes.flatMap((one) => [...one]);
  const gone = octets(withdrawn);
  return bgpMessage(MessageType.update, [
    gone.length >>> 8,
    gone.length & 255,
    ...gone,
    block.length >>> 8,
    block.length & 255,
    ...block,
    ...octets(nlri),
  ]);
}
