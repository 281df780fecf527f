/** What a message says → its octets. */

import { Writer } from "../message/mod.ts";
import { writeUint32 } from "../types/mod.ts";
import { BmpMirror, BmpType, bmpVersion } from "./code_points.ts";
import type { BmpMessage, BmpMirrored, BmpStatistic, BmpTlv } from "./message.ts";
import { writeAddress, writePeerHeader } from "./peer_header.ts";

export function encodeBmp(message: BmpMessage): Uint8Array {
  const writer = new Writer(256);
  writer.u8(bmpVersion);
  writer.u32(0);
  writer.u8(BmpType[message.kind]);
  if ("peer" in message) writePeerHeader(writer, message.peer);
  writeBody(writer, message);
  const bytes = writer.finish();
  writeUint32(bytes, 1, bytes.length);
  return bytes;
}

function writeBody(writer: Writer, message: BmpMessage): void {
  switch (message.kind) {
    case "routeMonitoring":
      return writer.bytes(message.update);
    case "statistics":
      return writeStatistics(writer, message.statistics);
    case "peerDown":
      writer.u8(message.reason);
      return writer.bytes(message.data);
    case "peerUp":
      writeAddress(writer, message.localAddress);
      writer.u16(message.localPort);
      writer.u16(message.remotePort);
      writer.bytes(message.sentOpen);
      writer.bytes(message.receivedOpen);
      return writeTlvs(writer, message.information);
    case "initiation":
    case "termination":
      return writeTlvs(writer, message.information);
    case "routeMirroring":
      return writeTlvs(writer, message.items.map(tlvOf));
  }
}

function writeTlvs(writer: Writer, tlvs: readonly BmpTlv[]): void {
  for (const { type, value } of tlvs) {
    writer.u16(type);
    writer.u16(value.length);
    writer.bytes(value);
  }
}

/** All statistics are written with 64 bits, except the counters: these have 32 (RFC 7854 §4.8). */
function writeStatistics(writer: Writer, statistics: readonly BmpStatistic[]): void {
  writer.u32(statistics.length);
  for (const { type, afi, safi, value } of statistics) {
    const long = !isCounter(type), perFamily = afi !== undefined && safi !== undefined;
    writer.u16(type);
    writer.u16(perFamily ? 11 : long ? 8 : 4);
    if (perFamily) {
      writer.u16(afi);
      writer.u8(safi);
    }
    if (perFamily || long) writer.u32(Number((value >> 32n) & 0xffffffffn));
    writer.u32(Number(value & 0xffffffffn));
  }
}

function isCounter(type: number): boolean {
  return type <= 6 || (type >= 11 && type <= 13);
}

function tlvOf(item: BmpMirrored): BmpTlv {
  if (item.kind === "message") return { type: BmpMirror.message, value: item.bytes };
  if (item.kind === "other") return item;
  return { type: BmpMirror.information, value: new Uint8Array([item.code >>> 8, item.code & 255]) };
}
