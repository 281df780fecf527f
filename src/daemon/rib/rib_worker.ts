/// <reference lib="deno.worker" />
/** The worker of the RIB thread: connects a {@link RibHost} to its mailboxes. The first message is its start. */

import { steadyWallClock, systemClock } from "../../transport/mod.ts";
import { IdleMemory } from "../thread/idle_memory.ts";
import type { RibToMain, RibToStore, StoreToRib, ToRib } from "../thread/messages.ts";
import { RibHost, type RibStart } from "./rib_host.ts";
import { TurnTaking } from "../thread/turn_taking.ts";

/** How often counters travel to the main thread. */
const countersEveryMs = 1000;

export interface RibWorkerStart extends RibStart {
  readonly store: MessagePort;
}

self.onmessage = (start: MessageEvent<RibWorkerStart>) => {
  const { store } = start.data;
  const turn = new MessageChannel();
  const steps: (() => void)[] = [];
  turn.port1.onmessage = () => steps.shift()?.();
  const later = (step: () => void) => {
    steps.push(step);
    turn.port2.postMessage(null);
  };
  // All answers to one message go back as one message: a message costs as much as ten routes.
  let toMain: RibToMain[] = [];
  let transfers: Transferable[] = [];
  const post = () => {
    self.postMessage(toMain, transfers);
    toMain = [];
    transfers = [];
  };
  const host = new RibHost(start.data, {
    now: steadyWallClock(systemClock),
    monotonic: () => systemClock.monotonic(),
    toMain: (message, transfer = []) => {
      if (toMain.length === 0) queueMicrotask(post);
      toMain.push(message);
      transfers.push(...transfer);
    },
    toStore: (message: RibToStore, transfer = []) => store.postMessage(message, transfer),
    later,
    isBusy: () => mailbox.isBusy,
  });
  store.onmessage = (event: MessageEvent<StoreToRib>) => host.fromStore(event.data);
  const mailbox = new TurnTaking<ToRib>((message) => host.fromMain(message), {
    monotonic: () => systemClock.monotonic(),
    later,
  });
  self.onmessage = (event: MessageEvent<ToRib>) => mailbox.push(event.data);
  setInterval(() => host.reportCounters(), countersEveryMs);
  new IdleMemory().begin(() => host.returnMemory());
};
