/// <reference lib="deno.worker" />
/** The store's thread: joins a {@link StoreHost} to its mailboxes. */

import { systemClock } from "../transport/mod.ts";
import { steadyWallClock } from "./clocks.ts";
import { watchEveryMs } from "./announcement_desk.ts";
import type { RibToStore, StoreToRib, ToStore } from "./messages.ts";
import { StoreHost } from "./store_host.ts";

const host = new StoreHost({
  now: steadyWallClock(systemClock),
  monotonic: () => systemClock.monotonic(),
  toMain: (message) => self.postMessage(message),
  later: (step, ms) => void setTimeout(step, ms),
});

self.onmessage = (event: MessageEvent<ToStore>) => {
  const message = event.data;
  if (message.kind !== "join") return host.fromMain(message);
  const { rib } = message;
  rib.onmessage = (fromRib: MessageEvent<RibToStore>) => host.fromRib(fromRib.data);
  setInterval(() => host.watch(), watchEveryMs);
  host.join((toRib: StoreToRib, transfer = []) => rib.postMessage(toRib, transfer));
};
