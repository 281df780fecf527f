/** The short messages between the main thread and the RIB, as they stand in the ring of their lane. */

import { limits } from "../../types/mod.ts";
import type { ShortForm } from "./lane.ts";
import type { RibToMain, ToRib } from "./messages.ts";

const batch = 1, credit = 2, output = 3;

export const shortToRib: ShortForm<ToRib> = {
  pack(message, into) {
    if (message.kind !== "batch" || message.buffer.length > limits.copiedBytes) return false;
    into.kind = batch;
    into.a = message.peerId;
    into.b = message.epoch;
    into.bytes = message.buffer;
    into.start = message.start;
    into.end = message.end;
    into.isPatient = false;
    return true;
  },
  unpack(ring) {
    const buffer = ring.bytes();
    return { kind: "batch", peerId: ring.a, epoch: ring.b, buffer, start: 0, end: buffer.length };
  },
};

export const shortToMain: ShortForm<RibToMain> = {
  pack(message, into) {
    if (message.kind === "credit" && message.buffer === undefined) {
      into.kind = credit;
      into.a = message.peerId;
      into.start = into.end = 0;
      into.isPatient = true;
      return true;
    }
    if (message.kind !== "output" || message.bytes.length > limits.copiedBytes) return false;
    into.kind = output;
    into.a = message.peerId;
    into.b = message.epoch;
    into.bytes = message.bytes;
    into.start = 0;
    into.end = message.bytes.length;
    into.isPatient = false;
    return true;
  },
  unpack(ring) {
    if (ring.kind === credit) return { kind: "credit", peerId: ring.a };
    return { kind: "output", peerId: ring.a, epoch: ring.b, bytes: ring.bytes() };
  },
};
