/**
 * One event in, effects out: finds the connection that an event belongs to and the state that receives it. What each
 * state does stands in `fsm.ts`. Nothing here waits, reads a clock or touches a socket.
 */

import type { Millis } from "../types/mod.ts";
import { dispatch } from "./fsm.ts";
import { reportState } from "./actions.ts";
import { findConnection, type FsmStep, nextTimer, type Session, state } from "./session.ts";
import { restartHold, restartSendHold } from "./timers.ts";
import type { Effect, SessionEvent } from "./types.ts";

/** Takes one event at the moment `now`. Returns what the shell must do, in this order. */
export function handle(session: Session, event: SessionEvent, now: Millis): Effect[] {
  const step: FsmStep = { session, now, effects: [] };
  switch (event.kind) {
    case "tick":
      fireTimers(step);
      break;
    case "stop":
      for (const connection of session.connections) dispatch(step, connection, event);
      dispatch(step, session.base, event);
      break;
    case "start":
    case "connected":
    case "connectFailed":
    case "accepted":
      dispatch(step, state(session), event);
      break;
    case "sent":
    case "dataPending":
      signOfLife(step, event);
      break;
    default: {
      // The session may have closed the connection while the event was on its way.
      const connection = findConnection(session, event.connection);
      if (connection !== undefined) dispatch(step, connection, event);
    }
  }
  reportState(step);
  return step.effects;
}

/** Two events that RFC 4271 §8.1 does not have: octets left for the peer, or octets of the peer wait unread. */
function signOfLife(step: FsmStep, event: SessionEvent & { kind: "sent" | "dataPending" }): void {
  const connection = findConnection(step.session, event.connection);
  if (connection?.negotiated === undefined) return;
  // RFC 9687 §3: the SendHoldTimer restarts with each message that leaves.
  if (event.kind === "sent") restartSendHold(step, connection, connection.negotiated);
  else restartHold(step, connection, connection.negotiated);
}

/**
 * Each timer is an event of its own. Timers fire in the order of their deadlines, however late the shell sends `tick`.
 */
function fireTimers(step: FsmStep): void {
  for (;;) {
    const due = nextTimer(step.session);
    if (due === undefined || due.deadline > step.now) return;
    const { timer, connection } = due;
    if (timer === "connectRetry") step.session.connectRetryTimer = undefined;
    else if (timer === "idleHold") step.session.idleHoldTimer = undefined;
    else connection!.timers[timer] = undefined;
    if (connection !== undefined) dispatch(step, connection, { kind: "timer", timer });
    else dispatch(step, step.session.base, { kind: "timer", timer });
  }
}
