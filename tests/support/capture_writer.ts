/** Writes a capture file of TCP streams with BGP messages: pcap, raw IPv4 packets, one message in each. */

/** A message of the connection with this number. */
export interface SentMessage {
  readonly connection: number;
  /** True for the side that opened the connection. */
  readonly byClient: boolean;
  readonly bytes: Uint8Array;
}

const bgpPort = 179;
const firstClientPort = 50_000;
const rawIp = 101;

export function writeCapture(messages: readonly SentMessage[]): Uint8Array {
  const packets = packetsOf(messages);
  const file = new Uint8Array(24 + packets.reduce((sum, { length }) => sum + 16 + length, 0));
  const view = new DataView(file.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262_144, true);
  view.setUint32(20, rawIp, true);
  let at = 24;
  for (const [i, packet] of packets.entries()) {
    view.setUint32(at, 1_700_000_000 + i, true);
    view.setUint32(at + 8, packet.length, true);
    view.setUint32(at + 12, packet.length, true);
    file.set(packet, at + 16);
    at += 16 + packet.length;
  }
  return file;
}

function packetsOf(messages: readonly SentMessage[]): Uint8Array[] {
  const sequences = new Map<string, number>();
  return messages.map(({ connection, byClient, bytes }) => {
    const [mine, theirs] = [`${connection} ${byClient}`, `${connection} ${!byClient}`];
    const sequence = sequences.get(mine) ?? 1;
    sequences.set(mine, sequence + bytes.length);
    return packetOf(connection, byClient, { sequence, acknowledged: sequences.get(theirs) ?? 1, bytes });
  });
}

interface Segment {
  readonly sequence: number;
  readonly acknowledged: number;
  readonly bytes: Uint8Array;
}

/** IPv4 and TCP headers without options and checksums. */
function packetOf(connection: number, byClient: boolean, { sequence, acknowledged, bytes }: Segment): Uint8Array {
  const packet = new Uint8Array(40 + bytes.length);
  const view = new DataView(packet.buffer);
  const [client, server] = [[10, 0, 0, 2], [10, 0, 0, 1]];
  packet.set([0x45, 0]);
  view.setUint16(2, packet.length);
  packet.set([64, 6], 8);
  packet.set(byClient ? client : server, 12);
  packet.set(byClient ? server : client, 16);
  view.setUint16(20, byClient ? firstClientPort + connection : bgpPort);
  view.setUint16(22, byClient ? bgpPort : firstClientPort + connection);
  view.setUint32(24, sequence);
  view.setUint32(28, acknowledged);
  // Five words of header; PSH and ACK.
  packet.set([0x50, 0x18, 0xff, 0xff], 32);
  packet.set(bytes, 40);
  return packet;
}
