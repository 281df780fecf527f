/// <reference lib="deno.worker" />
/** The worker of the store thread: connects a {@link StoreHost} to its mailboxes. */

import { giveUpLibraries, steadyWallClock, systemClock } from "../../transport/mod.ts";
import { watchEveryMs } from "./announcement_handler.ts";
import { collector, IdleMemory } from "../thread/idle_memory.ts";
import { knock } from "../thread/lane.ts";
import type { RibToStore, StoreToRib, ToStore } from "../thread/messages.ts";
import { StoreHost } from "./store_host.ts";
import { TableGarbage } from "./table_garbage.ts";

new IdleMemory().begin();
let host = newHost();
let watching: ReturnType<typeof setInterval> | undefined;

function newHost(): StoreHost {
  return new StoreHost({
    now: steadyWallClock(systemClock),
    monotonic: () => systemClock.monotonic(),
    toMain: (message) => self.postMessage(message),
    later: (step, ms) => void setTimeout(step, ms),
  });
}

self.onmessage = (event: MessageEvent<ToStore>) => {
  const message = event.data;
  if (message.kind === "open") {
    // Another run of the daemon in this process has a new host.
    clearInterval(watching);
    host = newHost();
    host.fromMain(message);
    // libc was needed to lock the database, which is open now.
    return giveUpLibraries();
  }
  if (message.kind !== "join") return host.fromMain(message);
  const { rib } = message;
  const lane = new Int32Array(message.lane);
  const own = host;
  const garbage = new TableGarbage(collector() ?? (() => {}));
  rib.onmessage = ({ data }: MessageEvent<RibToStore>) => {
    if (data.kind === "batch") garbage.received(data.batch);
    own.fromRib(data);
  };
  watching = setInterval(() => own.watch(), watchEveryMs);
  own.join((toRib: StoreToRib, transfer = []) => {
    rib.postMessage(toRib, transfer);
    knock(lane);
  });
};
