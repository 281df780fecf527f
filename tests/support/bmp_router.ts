/** A router of the tests: the octets of its BMP messages. */
import { BmpInfo, type BmpPeer, encodeBmp } from "../../src/bmp/mod.ts";
import {
  emptyAttributeSet,
  encodeAttributeSet,
  encodeOpen,
  SegmentType,
  UpdateEncoder,
} from "../../src/message/mod.ts";
import { type Asn, familyMask, IPV4_UNICAST, parseAddress, parsePrefix, type RibKind } from "../../src/types/mod.ts";
import { testContext } from "./update_view.ts";

export interface TestPeer {
  readonly address: string;
  readonly asn: Asn;
  readonly ribKind?: RibKind;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return joinedList(parts);
}

/** The same for very many parts. */
export function joinedList(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

export function initiation(name: string, description = "a router of the tests"): Uint8Array {
  const tlv = (type: number, text: string) => ({ type, value: new TextEncoder().encode(text) });
  const information = [tlv(BmpInfo.sysDescr, description), tlv(BmpInfo.sysName, name)];
  return encodeBmp({ kind: "initiation", information });
}

/** `localPort`: another one is another session. */
export function peerUp(peer: TestPeer, localPort = 179): Uint8Array {
  const open = (asn: Asn, routerId: number) =>
    encodeOpen({
      version: 4,
      asn,
      holdTimeSeconds: 90,
      routerId,
      capabilities: [{ kind: "multiprotocol", afi: 1, safi: 1 }, { kind: "fourOctetAs", asn }],
    });
  return encodeBmp({
    kind: "peerUp",
    peer: headerOf(peer),
    localAddress: new Uint8Array([192, 0, 2, 254]),
    localPort,
    remotePort: 40_000,
    sentOpen: open(65_000, 0x0a0000fe),
    receivedOpen: open(peer.asn, 0x0a000001),
    information: [],
  });
}

export function peerDown(peer: TestPeer, reason = 4): Uint8Array {
  return encodeBmp({ kind: "peerDown", peer: headerOf(peer), reason, data: new Uint8Array(0) });
}

/** Routes with the same attributes. */
export function announce(peer: TestPeer, prefixes: readonly string[], med = 0): Uint8Array {
  const set = encodeAttributeSet({
    ...emptyAttributeSet(),
    origin: 0,
    asPath: [{ type: SegmentType.sequence, asns: [peer.asn] }],
    nextHop: parseAddress(peer.address)!,
    med,
  });
  return update(peer, (encoder) => encoder.begin(set, IPV4_UNICAST), prefixes);
}

export function withdraw(peer: TestPeer, prefixes: readonly string[]): Uint8Array {
  return update(peer, (encoder) => encoder.beginWithdraw(IPV4_UNICAST), prefixes);
}

export function endOfRib(peer: TestPeer): Uint8Array {
  const encoder = new UpdateEncoder(testContext({ families: familyMask([IPV4_UNICAST]) }));
  encoder.endOfRib(IPV4_UNICAST);
  return encodeBmp({ kind: "routeMonitoring", peer: headerOf(peer), update: encoder.take() });
}

export function headerOf({ address, asn, ribKind = "adj-in" }: TestPeer): BmpPeer {
  return {
    type: ribKind === "loc" ? 3 : 0,
    ribKind,
    twoOctetAsPath: false,
    filtered: false,
    distinguisher: 0n,
    address: ribKind === "loc" ? new Uint8Array(4) : parseAddress(address)!,
    asn,
    bgpId: 0x0a000001,
    seconds: 1_700_000_000,
    microseconds: 0,
  };
}

/** One message for each prefix: each is an UPDATE of its own, as routers send them. */
function update(peer: TestPeer, begin: (encoder: UpdateEncoder) => void, prefixes: readonly string[]): Uint8Array {
  const messages = prefixes.map((text) => {
    const encoder = new UpdateEncoder(testContext({ internal: false, families: familyMask([IPV4_UNICAST]) }));
    const { octets, length } = parsePrefix(text)!;
    begin(encoder);
    encoder.add(new DataView(octets.buffer, octets.byteOffset).getInt32(0), 0, 0, 0, length, -1);
    encoder.finish();
    return encodeBmp({ kind: "routeMonitoring", peer: headerOf(peer), update: encoder.take() });
  });
  return joinedList(messages);
}

/** Number of the TLV that has the UPDATE: 4 until draft 19 of BMP version 4, 7 since draft 20. */
export type UpdateTlv = 4 | 7;

/** The same messages in version 4, with a TLV before the UPDATE that says more of it. */
export function inVersion4(messages: Uint8Array, updateTlv: UpdateTlv): Uint8Array {
  const view = new DataView(messages.buffer, messages.byteOffset, messages.length), parts: Uint8Array[] = [];
  for (let at = 0; at < messages.length;) {
    const end = at + view.getUint32(at + 1), type = messages[at + 5]!, body = messages.subarray(at + 48, end);
    const isUpdate = type === 0, tlvs = isUpdate ? [indexed(1, 0x8001, [0, 0, 0, 9]), indexed(updateTlv, 0, body)] : [];
    const rest = isUpdate ? joinedList([messages.subarray(at + 6, at + 48), ...tlvs]) : messages.subarray(at + 6, end);
    const header = new DataView(new ArrayBuffer(6));
    header.setUint8(0, 4);
    header.setUint32(1, 6 + rest.length);
    header.setUint8(5, type);
    parts.push(joined(new Uint8Array(header.buffer), rest));
    at = end;
  }
  return joinedList(parts);
}

/** A TLV with the index of a route (draft-ietf-grow-bmp-tlv §4.2). */
function indexed(type: number, index: number, value: ArrayLike<number>): Uint8Array {
  const header = new Uint16Array([type, value.length, index].map((n) => (n >>> 8) | ((n & 255) << 8)));
  return joined(new Uint8Array(header.buffer), Uint8Array.from(value));
}
