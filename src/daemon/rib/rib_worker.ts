/// <reference lib="deno.worker" />
/** The worker of the RIB thread: connects a {@link RibHost} to its mailboxes. The first message is its start. */

import { steadyWallClock, systemClock } from "../../transport/mod.ts";
import { IdleMemory } from "../thread/idle_memory.ts";
import { LaneReader, LaneWriter, type SharedLane } from "../thread/lane.ts";
import type { RibToMain, RibToStore, StoreToRib, ToRib } from "../thread/messages.ts";
import { shortToMain, shortToRib } from "../thread/short_messages.ts";
import { RibHost, type RibStart } from "./rib_host.ts";
import { TurnTaking } from "../thread/turn_taking.ts";

/** Counters travel to the main thread so often, also where none changed: pulls are answered with them. */
const countersEveryMs = 1000;
/** Counters that changed travel so long after the last ones at the earliest. */
const changedCountersMs = 25;
/** To send them may take this share of the thread's time. */
const shareOfReports = 1 / 50;

/** The longest rest. */
const restMs = 250;

/** Timers of this thread fire so late at most, and a rest more: while steps follow each other, Deno fires none. */
const timersEveryMs = 500;

export interface RibWorkerStart extends RibStart {
  readonly store: MessagePort;
  readonly toRib: SharedLane;
  readonly toMain: SharedLane;
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
  const toMain = new LaneWriter<RibToMain>(
    start.data.toMain,
    shortToMain,
    (mail, transfer) => self.postMessage(mail, transfer),
  );
  const host = new RibHost(start.data, {
    now: steadyWallClock(systemClock),
    monotonic: () => systemClock.monotonic(),
    toMain: toMain.post,
    toStore: (message: RibToStore, transfer = []) => store.postMessage(message, transfer),
    later,
    isBusy: () => mailbox.isBusy,
  });
  store.onmessage = (event: MessageEvent<StoreToRib>) => {
    fromMain.answered();
    host.fromStore(event.data);
  };
  let hasChanges = false;
  const mailbox = new TurnTaking<ToRib>((message) => {
    hasChanges = true;
    host.fromMain(message);
  }, {
    monotonic: () => systemClock.monotonic(),
    later,
  });
  const fromMain = new LaneReader<ToRib>(start.data.toRib, shortToRib, (message) => mailbox.push(message));
  self.onmessage = (event: MessageEvent<ToRib[]>) => fromMain.receive(event.data);
  let reportAt = 0;
  const report = () => {
    const began = systemClock.monotonic();
    if (!hasChanges || began < reportAt) return;
    hasChanges = false;
    host.reportCounters();
    reportAt = began + Math.max(changedCountersMs, (systemClock.monotonic() - began) / shareOfReports);
  };
  let timersAt = 0;
  const areTimersDue = () => systemClock.monotonic() >= timersAt;
  const rest = () => {
    do {
      fromMain.drain();
      report();
      toMain.flush();
    } while (steps.length === 0 && !areTimersDue() && fromMain.sleep(hasChanges ? changedCountersMs : restMs));
    if (!areTimersDue()) return later(rest);
    timersAt = systemClock.monotonic() + timersEveryMs;
    setTimeout(rest);
  };
  later(rest);
  setInterval(() => host.reportCounters(), countersEveryMs);
  new IdleMemory().begin(() => host.returnMemory());
};
