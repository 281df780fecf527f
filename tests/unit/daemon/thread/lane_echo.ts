/// <reference lib="deno.worker" />
/** The other thread of lane_test.ts: sends every message back, and sleeps in between, as the RIB thread does. */

import { LaneReader, LaneWriter, type SharedLane, type ShortForm } from "../../../../src/daemon/thread/lane.ts";

const form: ShortForm<number> = {
  pack(message, into) {
    if (message >= 1000) return false;
    into.kind = message;
    into.start = into.end = 0;
    into.isPatient = message % 2 === 1;
    return true;
  },
  unpack: (ring) => ring.kind,
};

self.onmessage = ({ data }: MessageEvent<{ there: SharedLane; back: SharedLane }>) => {
  const writer = new LaneWriter<number>(data.back, form, (mail) => self.postMessage(mail));
  const reader = new LaneReader<number>(data.there, form, (message) => writer.post(message));
  self.onmessage = (event: MessageEvent<number[]>) => reader.receive(event.data);
  const turn = new MessageChannel();
  turn.port1.onmessage = () => {
    do {
      reader.drain();
      writer.flush();
    } while (reader.sleep(50));
    turn.port2.postMessage(null);
  };
  turn.port2.postMessage(null);
};
