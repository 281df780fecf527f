/**
 * The finite state machine of RFC 4271 §8: one event in, effects out. One function per state, the clause of §8.2.2 beside
 * each branch; numbers in parentheses are those of §8.1. Nothing here waits, reads a clock or touches a socket.
 *
 * Where we differ from the letter of §8.2.2, as other speakers do:
 * - A dial that fails leads to Active, not Idle: a router that is switched off does not oscillate, so it is dialled at the
 *   pace of the ConnectRetryTimer and may connect to us meanwhile.
 * - A NOTIFICATION is never answered with a NOTIFICATION (§6.4), and a broken header is always reported as such (§6.1),
 *   although the lists "any other event" of OpenSent and Established would make both an FSM Error.
 * - `passive` means that we never dial, rather than not at first.
 */

import { cease, CeaseCode, type Open } from "../message/mod.ts";
import {
  adopt,
  begin,
  cancelDial,
  dial,
  end,
  endWith,
  enterEstablished,
  enterOpenConfirm,
  holdTimerExpired,
  listenOn,
  reject,
  reportState,
  sendHoldTimerExpired,
  sendKeepalive,
  sendOpen,
  stopSession,
} from "./actions.ts";
import { collidingConnection, collisionLoser, connectedAnew } from "./collision.ts";
import { afterNotification, answerTo, unexpected } from "./endings.ts";
import { localOpen, negotiate } from "./negotiate.ts";
import {
  type Connection,
  findConnection,
  type FsmEvent,
  nextTimer,
  type Session,
  state,
  type Step,
} from "./session.ts";
import { restartHold, restartSendHold } from "./timers.ts";
import type { Effect, Millis, SessionEvent, State } from "./types.ts";

/** Takes one event at the moment `now` and says what is to be done about it. */
export function handle(session: Session, event: SessionEvent, now: Millis): Effect[] {
  const step: Step = { session, now, effects: [] };
  switch (event.kind) {
    case "tick":
      fireTimers(step);
      break;
    case "stop":
      for (const connection of session.connections) dispatch(step, connection, event);
      inState[session.base](step, undefined, event);
      break;
    case "start":
    case "connected":
    case "connectFailed":
    case "accepted":
      inState[state(session)](step, undefined, event);
      break;
    case "sent":
    case "dataPending":
      signOfLife(step, event);
      break;
    default: {
      // Nothing is found where the connection was closed while the event was on its way.
      const connection = findConnection(session, event.connection);
      if (connection !== undefined) dispatch(step, connection, event);
    }
  }
  reportState(step);
  return step.effects;
}

/** Two events beside §8.1: what the shell sees of the connection without a message coming in. */
function signOfLife(step: Step, event: SessionEvent & { kind: "sent" | "dataPending" }): void {
  const connection = findConnection(step.session, event.connection);
  if (connection?.negotiated === undefined) return;
  // RFC 9687 §3: the SendHoldTimer restarts with each message that leaves.
  if (event.kind === "sent") restartSendHold(step, connection, connection.negotiated);
  else restartHold(step, connection, connection.negotiated);
}

/** Timers are events of their own and fire in the order in which they are due, however late the shell is. */
function fireTimers(step: Step): void {
  for (;;) {
    const due = nextTimer(step.session);
    if (due === undefined || due.deadline > step.now) return;
    const { timer, connection } = due;
    if (timer === "connectRetry") step.session.connectRetryTimer = undefined;
    else if (timer === "idleHold") step.session.idleHoldTimer = undefined;
    else connection!.timers[timer] = undefined;
    if (connection !== undefined) dispatch(step, connection, { kind: "timer", timer });
    else inState[step.session.base](step, undefined, { kind: "timer", timer });
  }
}

/** One function per state. Events of a connection go to its own state; those of the session come without one. */
const inState: Record<State, (step: Step, connection: Connection | undefined, event: FsmEvent) => void> = {
  Idle: (step, _, event) => idle(step, event),
  Connect: connect,
  Active: active,
  OpenSent: (step, connection, event) => connection ? openSent(step, connection, event) : another(step, event),
  OpenConfirm: (step, connection, event) => connection ? openConfirm(step, connection, event) : another(step, event),
  Established: (step, connection, event) => connection ? established(step, connection, event) : another(step, event),
};

function dispatch(step: Step, connection: Connection, event: FsmEvent): void {
  inState[connection.state](step, connection, event);
}

/** Idle: "BGP FSM refuses all incoming BGP connections for this peer." */
function idle(step: Step, event: FsmEvent): void {
  const { session } = step;
  switch (event.kind) {
    case "start":
      // (1, 4) "sets ConnectRetryCounter to zero": a person's start forgets what damping had piled up.
      if (!event.automatic) session.idleHoldSeconds = session.config.idleHoldSeconds;
      // (6, 7) "prevent the session from oscillating": an automatic start leaves a running IdleHoldTimer its time.
      session.running = true;
      if (!event.automatic || session.idleHoldTimer === undefined) begin(step);
      return;
    case "timer":
      // (13) The IdleHoldTimer expired: the automatic start it held back happens now.
      begin(step);
      return;
    case "stop":
      // (2, 8) "are ignored in the Idle state", but the automatic start that was due is off too.
      stopSession(step);
      return;
    case "accepted":
      if (session.running) {
        // The IdleHoldTimer holds back our own dials. A peer that comes back by itself is let in, as by an automatic
        // start with PassiveTcpEstablishment (5) followed by (17): refusing it would lock out a router that was only
        // restarted, for as long as damping has grown, and it cannot make us flap faster than it does itself.
        session.idleHoldTimer = undefined;
        session.base = "Active";
        adopt(step, event.connection, "peer");
      } else reject(step, event.connection);
      return;
    case "connected":
      step.effects.push({ kind: "close", connection: event.connection });
      return;
    default:
      // (9-12, 15-28) "Any other event […] received in the Idle state does not cause change in the state".
  }
}

/** Connect: waiting for our dial; on a connection of ours, for the DelayOpenTimer. */
function connect(step: Step, connection: Connection | undefined, event: FsmEvent): void {
  switch (event.kind) {
    case "timer":
      // (9) "drops the TCP connection, restarts the ConnectRetryTimer […], initiates a TCP connection".
      if (event.timer === "connectRetry") {
        step.effects.push({ kind: "unanswered" });
        cancelDial(step);
        dial(step);
        return;
      }
      break;
    case "closed":
      // (18) With the DelayOpenTimer running: "restarts the ConnectRetryTimer […], changes its state to Active."
      end(step, connection!, { reason: { kind: "connectionLost", reason: event.reason }, next: "Active" });
      return;
  }
  beforeOpen(step, connection, event);
}

/** Active: listening for the peer; on a connection the peer opened, waiting for the DelayOpenTimer. */
function active(step: Step, connection: Connection | undefined, event: FsmEvent): void {
  switch (event.kind) {
    case "timer":
      // (9) "restarts the ConnectRetryTimer, initiates a TCP connection […], changes its state to Connect."
      if (event.timer === "connectRetry") {
        dial(step);
        return;
      }
      break;
    case "closed":
      // (18) "increments the ConnectRetryCounter by 1, […] performs peer oscillation damping, changes to Idle."
      end(step, connection!, { reason: { kind: "connectionLost", reason: event.reason }, next: "dampedIdle" });
      return;
  }
  beforeOpen(step, connection, event);
}

/** What Connect and Active do alike. A connection here waits for its DelayOpenTimer; our OPEN is not out yet. */
function beforeOpen(step: Step, connection: Connection | undefined, event: FsmEvent): void {
  if (connection === undefined) {
    // (2) "drops the TCP connection, […] sets ConnectRetryCounter to zero, stops the ConnectRetryTimer": Idle.
    if (event.kind === "stop") stopSession(step);
    else another(step, event);
    return;
  }
  switch (event.kind) {
    case "stop":
      // (2) Without SendNOTIFICATIONwithoutOPEN the connection is dropped in silence.
      endWith(step, connection, event.notification, "stopped");
      return;
    case "timer":
      // (12) "sends an OPEN message to its peer, sets the HoldTimer to a large value, changes to OpenSent."
      sendOpen(step, connection);
      return;
    case "open":
      // (20) An OPEN while the DelayOpenTimer runs: ours goes out now, and the KEEPALIVE behind it.
      openReceived(step, connection, event.open);
      return;
    case "notification":
      // (24) "changes its state to Idle"; (25) as any other event.
      end(step, connection, afterNotification(connection, event.notification));
      return;
    case "fault":
      // (21, 22) "performs peer oscillation damping, changes its state to Idle", no NOTIFICATION before our OPEN.
      endWith(step, connection, event.notification);
      return;
    default:
      // (26, 27) "any other event": Idle, with damping.
      endWith(step, connection, unexpected(connection, event));
  }
}

/** Events of the session that find connections already, or a dial: the second connection of §6.8 begins here. */
function another(step: Step, event: FsmEvent): void {
  const { session } = step;
  switch (event.kind) {
    case "connected":
      // (16) Two connections may now live side by side until an OPEN tells which one goes. Without a dial under way the
      // event is late: the dial was cancelled while it succeeded.
      if (session.base === "Connect") {
        session.base = "Active";
        adopt(step, event.connection, "us");
      } else step.effects.push({ kind: "close", connection: event.connection });
      return;
    case "accepted": {
      // (17) "the second connection SHALL be tracked until it sends an OPEN message" (§8.2.2, Established). A peer that
      // connects once more has given up its earlier attempt, of which we may never hear: the later one counts.
      const earlier = session.connections.find(({ openedBy, negotiated }) => openedBy === "peer" && !negotiated);
      adopt(step, event.connection, "peer");
      if (earlier !== undefined) endWith(step, earlier, cease(CeaseCode.connectionCollisionResolution));
      return;
    }
    case "connectFailed":
      // (18) "continues to listen […], changes its state to Active."
      if (session.base !== "Connect") return;
      session.base = "Active";
      if (session.connections.length === 0) listenOn(step);
      return;
    default:
      // (1, 3-7) "are ignored" in every state but Idle.
  }
}

/** OpenSent: our OPEN is out, the peer's is awaited. */
function openSent(step: Step, connection: Connection, event: FsmEvent): void {
  switch (event.kind) {
    case "stop":
      // (2) "sends the NOTIFICATION with a Cease, […] sets the ConnectRetryCounter to zero, changes to Idle."
      endWith(step, connection, event.notification, "stopped");
      return;
    case "timer":
      // (10) "sends a NOTIFICATION message with the error code Hold Timer Expired".
      holdTimerExpired(step, connection);
      return;
    case "closed":
      // (18) "restarts the ConnectRetryTimer, continues to listen […], changes its state to Active."
      end(step, connection, { reason: { kind: "connectionLost", reason: event.reason }, next: "Active" });
      return;
    case "open":
      // (19) "collision detection mechanisms (Section 6.8) need to be applied", then KEEPALIVE and OpenConfirm.
      openReceived(step, connection, event.open);
      return;
    case "fault":
      // (21, 22) "sends a NOTIFICATION message with the appropriate error code"; (28) is an unexpected message.
      endWith(step, connection, answerTo(connection, event));
      return;
    case "collisionDump":
      // (23) "sends a NOTIFICATION with a Cease […], performs peer oscillation damping, changes its state to Idle."
      endWith(step, connection, cease(CeaseCode.connectionCollisionResolution));
      return;
    case "notification":
      // (24) "drops the TCP connection, changes its state to Idle"; (25) the same, with damping.
      end(step, connection, afterNotification(connection, event.notification));
      return;
    default:
      // (26, 27) "sends the NOTIFICATION with the Error Code Finite State Machine Error", RFC 6608: subcode 1.
      endWith(step, connection, unexpected(connection, event));
  }
}

/** OpenConfirm: both OPENs are accepted, the peer's KEEPALIVE is awaited. */
function openConfirm(step: Step, connection: Connection, event: FsmEvent): void {
  const negotiated = connection.negotiated!;
  switch (event.kind) {
    case "stop":
      // (2) "sends the NOTIFICATION message with a Cease, […] sets the ConnectRetryCounter to zero, changes to Idle."
      endWith(step, connection, event.notification, "stopped");
      return;
    case "timer":
      // (11) "sends a KEEPALIVE message, restarts the KeepaliveTimer".
      if (event.timer === "keepalive") sendKeepalive(step, connection, negotiated);
      // (29) RFC 9687 §3.
      else if (event.timer === "sendHold") sendHoldTimerExpired(step, connection);
      // (10) "sends the NOTIFICATION message with the Error Code Hold Timer Expired".
      else holdTimerExpired(step, connection);
      return;
    case "closed":
      // (18) "increments the ConnectRetryCounter by 1, performs damping, changes its state to Idle."
      end(step, connection, { reason: { kind: "connectionLost", reason: event.reason }, next: "dampedIdle" });
      return;
    case "keepalive":
      // (26) "restarts the HoldTimer and changes its state to Established."
      enterEstablished(step, connection, negotiated);
      return;
    case "fault":
      // (21, 22) "sends a NOTIFICATION message with the appropriate error code"; (28) is an unexpected message.
      endWith(step, connection, answerTo(connection, event));
      return;
    case "collisionDump":
      // (23) "sends a NOTIFICATION with a Cease".
      endWith(step, connection, cease(CeaseCode.connectionCollisionResolution));
      return;
    case "notification":
      // (24, 25) "drops the TCP connection […], changes its state to Idle", (25) with damping.
      end(step, connection, afterNotification(connection, event.notification));
      return;
    default:
      // (19) A second OPEN on one connection, (27): "sends a NOTIFICATION with a code of Finite State Machine Error",
      // RFC 6608: subcode 2.
      endWith(step, connection, unexpected(connection, event));
  }
}

/** Established: UPDATE, NOTIFICATION and KEEPALIVE are exchanged. */
function established(step: Step, connection: Connection, event: FsmEvent): void {
  const negotiated = connection.negotiated!;
  switch (event.kind) {
    case "stop":
      // (2, 8) "sends the NOTIFICATION message with a Cease, deletes all routes associated with this connection".
      endWith(step, connection, event.notification, "stopped", undefined, event.graceful);
      return;
    case "timer":
      // (11) "sends a KEEPALIVE message, and restarts its KeepaliveTimer, unless the negotiated HoldTime is zero."
      if (event.timer === "keepalive") sendKeepalive(step, connection, negotiated);
      // (29) RFC 9687 §3.
      else if (event.timer === "sendHold") sendHoldTimerExpired(step, connection);
      // (10) "sends a NOTIFICATION message with the Error Code Hold Timer Expired".
      else holdTimerExpired(step, connection);
      return;
    case "keepalive":
    case "update":
    case "routeRefresh":
      // (26, 27) "restarts its HoldTimer, if the negotiated HoldTime value is non-zero". ROUTE-REFRESH (RFC 2918) is a
      // sign of life as good as any.
      restartHold(step, connection, negotiated);
      return;
    case "closed":
      // (18) "deletes all routes associated with this connection, […] increments the ConnectRetryCounter", Idle.
      end(step, connection, { reason: { kind: "connectionLost", reason: event.reason }, next: "dampedIdle" });
      return;
    case "notification":
      // (24, 25) as (18).
      end(step, connection, afterNotification(connection, event.notification));
      return;
    case "fault":
      // (28) "sends a NOTIFICATION message with an Update error", (21) with the header's. (22) An OPEN, sound or not, has
      // no place here.
      endWith(step, connection, answerTo(connection, event));
      return;
    case "collisionDump":
      // (23) CollisionDetectEstablishedState is off, but for a peer that has restarted (RFC 4724 §5): see collision.ts.
      end(step, connection, { reason: { kind: "connectionLost", reason: connectedAnew }, next: "dampedIdle" });
      return;
    default:
      // (19) "sends a NOTIFICATION message with the Error Code Finite State Machine Error", RFC 6608: subcode 3.
      endWith(step, connection, unexpected(connection, event));
  }
}

/** An OPEN in its time (19, 20): may this be our peer, and is this the connection we keep? */
function openReceived(step: Step, connection: Connection, remote: Open): void {
  const { config, withoutCapabilities } = step.session;
  const local = connection.localOpen ?? localOpen(config, withoutCapabilities);
  const outcome = negotiate(config, local, remote);
  if (outcome.kind === "refused") {
    const { refusal } = outcome;
    endWith(step, connection, refusal.notification, "dampedIdle", { kind: "notificationSent", ...refusal });
    return;
  }
  if (connection.localOpen === undefined) sendOpen(step, connection);
  const existing = collidingConnection(step.session, connection);
  if (existing !== undefined) {
    const loser = collisionLoser(config, existing, connection, remote, step.now);
    dispatch(step, loser, { kind: "collisionDump" });
    if (loser === connection) return;
  }
  enterOpenConfirm(step, connection, outcome.negotiated);
}
