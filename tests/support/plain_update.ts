/** UPDATE messages for IPv4 prefixes, octet by octet: any AS path, withdrawals, End-of-RIB. */
import { parsePrefix } from "../../src/types/mod.ts";

export interface PlainUpdate {
  readonly announce?: readonly string[];
  readonly withdraw?: readonly string[];
  readonly asPath?: readonly number[];
  readonly nextHop?: string;
  readonly med?: number;
  /** ONLY_TO_CUSTOMER (RFC 9234 §5). */
  readonly otc?: number;
}

/** Without anything it is End-of-RIB of IPv4 unicast (RFC 4724 §2). */
export function plainUpdate(
  { announce = [], withdraw = [], asPath = [], nextHop = "10.0.0.2", med, otc }: PlainUpdate,
) {
  const path = asPath.length === 0 ? [] : [2, asPath.length, ...asPath.flatMap(fourOctets)];
  const attributes = announce.length === 0 ? [] : [
    ...[0x40, 1, 1, 0],
    ...[0x40, 2, path.length, ...path],
    ...[0x40, 3, 4, ...nextHop.split(".").map(Number)],
    ...med === undefined ? [] : [0x80, 4, 4, ...fourOctets(med)],
    ...otc === undefined ? [] : [0xc0, 35, 4, ...fourOctets(otc)],
  ];
  const [gone, there] = [withdraw.flatMap(nlri), announce.flatMap(nlri)];
  const length = 19 + 2 + gone.length + 2 + attributes.length + there.length;
  return Uint8Array.of(
    ...Array(16).fill(0xff),
    ...twoOctets(length),
    2,
    ...twoOctets(gone.length),
    ...gone,
    ...twoOctets(attributes.length),
    ...attributes,
    ...there,
  );
}

function nlri(text: string): number[] {
  const { octets, length } = parsePrefix(text)!;
  return [length, ...octets.subarray(0, Math.ceil(length / 8))];
}

function twoOctets(value: number): number[] {
  return [value >> 8, value & 255];
}

function fourOctets(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => value >>> shift & 255);
}
