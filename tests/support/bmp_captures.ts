/** The octets that a router sent to a station, from a capture of one TCP connection over Ethernet. */
import { readUint16, readUint32 } from "../../src/types/mod.ts";

const ethernetBytes = 14;

/** The file has little-endian headers and segments in order, as the captures of `../shared/data/bmp` have. */
export function sentToPort(pcap: Uint8Array, port: number): Uint8Array {
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.length);
  const parts: Uint8Array[] = [];
  let seen = -1;
  for (let at = 24; at + 16 <= pcap.length;) {
    const length = view.getUint32(at + 8, true);
    const tcp = tcpSegment(pcap.subarray(at + 16, at + 16 + length));
    at += 16 + length;
    if (tcp === undefined || readUint16(tcp, 2) !== port) continue;
    const sequence = readUint32(tcp, 4), payload = tcp.subarray((tcp[12]! >>> 4) * 4);
    if (sequence <= seen || payload.length === 0) continue;
    seen = sequence;
    parts.push(payload);
  }
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

/** The TCP header and what follows it, without the padding of Ethernet. */
function tcpSegment(frame: Uint8Array): Uint8Array | undefined {
  const type = readUint16(frame, 12), ip = frame.subarray(ethernetBytes);
  if (type === 0x86dd) return ip.subarray(40, 40 + readUint16(ip, 4));
  if (type === 0x0800) return ip.subarray((ip[0]! & 15) * 4, readUint16(ip, 2));
  return undefined;
}
