/**
 * Reads captures of BGP sessions: pcap and pcapng files, their TCP streams, and the BGP messages of each stream. It
 * reads what our captures need and leaves out the rest.
 */
import { Framer, messageType } from "../../src/message/mod.ts";

/** One TCP segment with payload. */
interface Segment {
  /** 1 for the first packet of the file. */
  readonly frame: number;
  /** Both ends, sender first, e.g. `"10.0.0.1:179 > 10.0.0.2:45123"`. */
  readonly stream: string;
  readonly sequence: number;
  readonly syn: boolean;
  readonly payload: Uint8Array;
}

/** A whole BGP message as one side sent it. */
export interface CapturedMessage {
  /** The packet that holds its last octet. */
  readonly frame: number;
  readonly stream: string;
  /** The same two ends the other way round. */
  readonly reverse: string;
  readonly bytes: Uint8Array;
  readonly type: number;
}

interface Packet {
  readonly frame: number;
  readonly link: number;
  readonly data: Uint8Array;
}

const LINK = { null: 0, ethernet: 1, raw: 101, ciscoHdlc: 104, sll: 113, oldRaw: 12 } as const;

/** The messages of a file in the order in which their last octets were seen. */
export function readCapture(file: Uint8Array, ports: readonly number[] = [179, 1179]): CapturedMessage[] {
  const streams = new Map<string, Stream>();
  const ended: Stream[] = [];
  for (const packet of readPackets(file)) {
    const segment = segmentOf(packet, ports);
    if (segment === undefined) continue;
    let stream = streams.get(segment.stream);
    // A new handshake over the same ports is a new stream.
    if (stream === undefined || segment.syn) {
      if (stream !== undefined) ended.push(stream);
      streams.set(segment.stream, stream = new Stream(segment));
    }
    stream.push(segment);
  }
  const all = [...ended, ...streams.values()];
  for (const stream of all) stream.skipHoles();
  return all.flatMap(({ messages }) => messages).sort((a, b) => a.frame - b.frame);
}

/** One direction of a TCP connection: segments in any order, messages out. */
class Stream {
  readonly messages: CapturedMessage[] = [];
  #framer = new Framer();
  #waiting: Segment[] = [];
  #next: number;

  constructor(first: Segment) {
    this.#framer.maxLength = 65535;
    // A SYN takes a number of its own, but in captures that were written by hand: there it has the first octets with
    // it.
    this.#next = (first.sequence + (first.syn && first.payload.length === 0 ? 1 : 0)) >>> 0;
  }

  push(segment: Segment): void {
    if (segment.payload.length > 0) this.#waiting.push(segment);
    for (;;) {
      const i = this.#waiting.findIndex(({ sequence }) => ((this.#next - sequence) | 0) >= 0);
      if (i === -1) return;
      this.#take(this.#waiting.splice(i, 1)[0]!);
    }
  }

  /** Segments the capture does not have: goes on behind each hole, where a message begins there. */
  skipHoles(): void {
    while (this.#waiting.length > 0) {
      this.#waiting.sort((a, b) => a.frame - b.frame);
      this.#framer = new Framer();
      this.#framer.maxLength = 65535;
      this.#next = this.#waiting[0]!.sequence;
      this.push({ ...this.#waiting[0]!, payload: new Uint8Array(0) });
    }
  }

  #take({ frame, stream, sequence, payload }: Segment): void {
    const known = (this.#next - sequence) | 0;
    if (known >= payload.length) return;
    this.#framer.push(payload.subarray(known));
    this.#next = (this.#next + payload.length - known) >>> 0;
    const reverse = stream.split(" > ").reverse().join(" > ");
    for (let next = this.#framer.next(); next?.kind === "message"; next = this.#framer.next()) {
      const bytes = next.bytes.slice();
      this.messages.push({ frame, stream, reverse, bytes, type: messageType(bytes, 0) });
    }
  }
}

function readPackets(file: Uint8Array): Packet[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const magic = view.getUint32(0, true);
  if (magic === 0x0a0d0d0a) return readPcapng(file, view);
  const little = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  if (!little && magic !== 0xd4c3b2a1 && magic !== 0x4d3cb2a1) throw new Error("not a capture file");
  const link = view.getUint32(20, little) & 0xffff;
  const packets: Packet[] = [];
  for (let at = 24; at + 16 <= file.length;) {
    const length = view.getUint32(at + 8, little);
    packets.push({ frame: packets.length + 1, link, data: file.subarray(at + 16, at + 16 + length) });
    at += 16 + length;
  }
  return packets;
}

/** Section Header, Interface Description and Enhanced Packet Blocks, in little-endian as all of ours are. */
function readPcapng(file: Uint8Array, view: DataView): Packet[] {
  const links: number[] = [];
  const packets: Packet[] = [];
  for (let at = 0; at + 12 <= file.length;) {
    const type = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (type === 1) links.push(view.getUint16(at + 8, true));
    if (type === 6) {
      const data = file.subarray(at + 28, at + 28 + view.getUint32(at + 20, true));
      packets.push({ frame: packets.length + 1, link: links[view.getUint32(at + 8, true)]!, data });
    }
    at += length;
  }
  return packets;
}

function segmentOf({ frame, link, data }: Packet, ports: readonly number[]): Segment | undefined {
  const ip = networkLayer(link, data);
  if (ip === undefined || ip.length < 20) return undefined;
  const version = ip[0]! >> 4;
  const isV4 = version === 4;
  if (isV4 ? ip[9] !== 6 : ip[6] !== 6) return undefined;
  const start = isV4 ? (ip[0]! & 15) * 4 : 40;
  const end = isV4 ? (ip[2]! << 8) | ip[3]! : 40 + ((ip[4]! << 8) | ip[5]!);
  const tcp = ip.subarray(start, Math.min(end, ip.length));
  if (tcp.length < 20) return undefined;
  const view = new DataView(tcp.buffer, tcp.byteOffset, tcp.byteLength);
  const [from, to] = [view.getUint16(0), view.getUint16(2)];
  if (!ports.includes(from) && !ports.includes(to)) return undefined;
  const [source, target] = isV4
    ? [ip.subarray(12, 16), ip.subarray(16, 20)]
    : [ip.subarray(8, 24), ip.subarray(24, 40)];
  return {
    frame,
    stream: `${source.join(".")}:${from} > ${target.join(".")}:${to}`,
    sequence: view.getUint32(4),
    syn: (tcp[13]! & 2) !== 0,
    payload: tcp.subarray((tcp[12]! >> 4) * 4),
  };
}

/** The IP packet inside a frame. */
function networkLayer(link: number, data: Uint8Array): Uint8Array | undefined {
  switch (link) {
    case LINK.null:
      return data.subarray(4);
    case LINK.raw:
    case LINK.oldRaw:
      return data;
    case LINK.ciscoHdlc:
      return data[2] === 0x88 && data[3] === 0x47 ? belowLabels(data.subarray(4)) : data.subarray(4);
    case LINK.sll:
      return data.subarray(16);
    case LINK.ethernet: {
      let at = 12;
      while (data[at] === 0x81 && data[at + 1] === 0) at += 4;
      const type = (data[at]! << 8) | data[at + 1]!;
      return type === 0x0800 || type === 0x86dd ? data.subarray(at + 2) : undefined;
    }
    default:
      throw new Error(`link type ${link}`);
  }
}

/** MPLS: labels of four octets, the last one marked. */
function belowLabels(data: Uint8Array): Uint8Array {
  let at = 0;
  while (at + 4 < data.length && (data[at + 2]! & 1) === 0) at += 4;
  return data.subarray(at + 4);
}
