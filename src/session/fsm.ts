/**
 * The finite state machine of RFC 4271 §8: six states, six functions, and the clause of §8.2.2 beside each branch.
 * Numbers in parentheses are the event numbers of §8.1. `handle.ts` finds the state that receives an event;
 * `actions.ts` holds the actions that several states share.
 *
 * Three deviations from the letter of §8.2.2, which other speakers share:
 * - A dial that fails leads to Active, not to Idle. A router that is switched off therefore does not make the session
 *   oscillate: it is dialled at the pace of the ConnectRetryTimer and may connect to us meanwhile.
 * - A NOTIFICATION is never answered with a NOTIFICATION (§6.4), and a broken header is always reported as such (§6.1),
 *   although "any other event" of OpenSent and Established would make both an FSM Error.
 * - `passive` means that we never dial, where the RFC means that we do not dial at first.
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
  sendHoldTimerExpired,
  sendKeepalive,
  sendOpen,
  stopSession,
} from "./actions.ts";
import { collidingConnection, collisionLoser, replacedByNewer } from "./collision.ts";
import { afterNotification, answerTo, unexpected } from "./endings.ts";
import { localOpen, negotiate } from "./negotiate.ts";
import type { ConnectionTimer, FsmEvent, FsmStep, PeerConnection, SessionTimer } from "./session.ts";
import { restartHold } from "./timers.ts";
import type { Negotiated, State } from "./types.ts";

/** One function per state. Events of the session come without a connection. */
const inState: Record<State, (step: FsmStep, connection: PeerConnection | undefined, event: FsmEvent) => void> = {
  Idle: (step, _, event) => idle(step, event),
  Connect: connect,
  Active: active,
  OpenSent: (step, connection, event) => connection ? openSent(step, connection, event) : besides(step, event),
  OpenConfirm: (step, connection, event) => connection ? openConfirm(step, connection, event) : besides(step, event),
  Established: (step, connection, event) => connection ? established(step, connection, event) : besides(step, event),
};

/** Hands an event to the state of a connection, or, for an event of the session, to the state named. */
export function dispatch(step: FsmStep, to: PeerConnection | State, event: FsmEvent): void {
  if (typeof to === "string") inState[to](step, undefined, event);
  else inState[to.state](step, to, event);
}

/** Idle: "BGP FSM refuses all incoming BGP connections for this peer." */
function idle(step: FsmStep, event: FsmEvent): void {
  const { session } = step;
  switch (event.kind) {
    case "start":
      // (1, 4) "sets ConnectRetryCounter to zero": a manual start resets the damping.
      if (!event.automatic) session.idleHoldSeconds = session.config.idleHoldSeconds;
      // (6, 7) "prevent the session from oscillating": an automatic start waits for a running IdleHoldTimer.
      session.running = true;
      if (!event.automatic || session.idleHoldTimer === undefined) begin(step);
      return;
    case "timer":
      // (13) The IdleHoldTimer expired: the automatic start that it delayed happens now.
      begin(step);
      return;
    case "stop":
      // (2, 8) "are ignored in the Idle state", but they also cancel a pending automatic start.
      stopSession(step);
      return;
    case "accepted":
      if (session.running) {
        // The IdleHoldTimer delays our own dials only. A peer that connects by itself is accepted, as after an
        // automatic start with PassiveTcpEstablishment (5) followed by (17). To refuse it would lock out a router that
        // was merely restarted until the damping time is over, and accepting it lets the session flap no faster than
        // the peer does.
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
function connect(step: FsmStep, connection: PeerConnection | undefined, event: FsmEvent): void {
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
function active(step: FsmStep, connection: PeerConnection | undefined, event: FsmEvent): void {
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

/** What Connect and Active have in common. A connection here waits for its DelayOpenTimer; our OPEN is not sent yet. */
function beforeOpen(step: FsmStep, connection: PeerConnection | undefined, event: FsmEvent): void {
  if (connection === undefined) {
    // (2) "drops the TCP connection, […] sets ConnectRetryCounter to zero, stops the ConnectRetryTimer": Idle.
    if (event.kind === "stop") stopSession(step);
    else besides(step, event);
    return;
  }
  switch (event.kind) {
    case "stop":
      // (2) Without SendNOTIFICATIONwithoutOPEN the connection is dropped without a NOTIFICATION.
      endWith(step, connection, event.notification, { next: "stopped" });
      return;
    case "timer":
      // (12) "sends an OPEN message to its peer, sets the HoldTimer to a large value, changes to OpenSent."
      sendOpen(step, connection);
      return;
    case "open":
      // (20) An OPEN while the DelayOpenTimer runs: our OPEN is sent now, followed by the KEEPALIVE.
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

/** Events of the session while connections or a dial exist: the second connection of §6.8 begins here. */
function besides(step: FsmStep, event: FsmEvent): void {
  const { session } = step;
  switch (event.kind) {
    case "connected":
      // (16) Two connections may now exist until an OPEN decides which one is closed. Without a dial in progress the
      // event is late: the dial was cancelled while it succeeded.
      if (session.base === "Connect") {
        session.base = "Active";
        adopt(step, event.connection, "us");
      } else step.effects.push({ kind: "close", connection: event.connection });
      return;
    case "accepted": {
      // (17) "the second connection SHALL be tracked until it sends an OPEN message" (§8.2.2, Established). A peer that
      // connects once more has given up its earlier attempt, even if no close of it ever arrives: the later one counts.
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
function openSent(step: FsmStep, connection: PeerConnection, event: FsmEvent): void {
  switch (event.kind) {
    case "stop":
      // (2) "sends the NOTIFICATION with a Cease, […] sets the ConnectRetryCounter to zero, changes to Idle."
      endWith(step, connection, event.notification, { next: "stopped" });
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
function openConfirm(step: FsmStep, connection: PeerConnection, event: FsmEvent): void {
  const negotiated = connection.negotiated!;
  switch (event.kind) {
    case "stop":
      // (2) "sends the NOTIFICATION message with a Cease, […] sets the ConnectRetryCounter to zero, changes to Idle."
      endWith(step, connection, event.notification, { next: "stopped" });
      return;
    case "timer":
      timerExpired(step, connection, negotiated, event.timer);
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
function established(step: FsmStep, connection: PeerConnection, event: FsmEvent): void {
  const negotiated = connection.negotiated!;
  switch (event.kind) {
    case "stop":
      // (2, 8) "sends the NOTIFICATION message with a Cease, deletes all routes associated with this connection".
      endWith(step, connection, event.notification, { next: "stopped", keepsRoutes: event.graceful });
      return;
    case "timer":
      timerExpired(step, connection, negotiated, event.timer);
      return;
    case "keepalive":
    case "update":
    case "routeRefresh":
      // (26, 27) "restarts its HoldTimer, if the negotiated HoldTime value is non-zero". A ROUTE-REFRESH
      // (RFC 2918) is a sign of life, too.
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
      // (28) "sends a NOTIFICATION message with an Update error", (21) with the header's error. (22) No OPEN belongs
      // into this state, malformed or not.
      endWith(step, connection, answerTo(connection, event));
      return;
    case "collisionDump":
      // (23) CollisionDetectEstablishedState is off, except for a peer that has restarted (RFC 4724 §5): see
      // collision.ts.
      end(step, connection, { reason: { kind: "connectionLost", reason: replacedByNewer }, next: "dampedIdle" });
      return;
    default:
      // (19) "sends a NOTIFICATION message with the Error Code Finite State Machine Error", RFC 6608: subcode 3.
      endWith(step, connection, unexpected(connection, event));
  }
}

/** A timer of OpenConfirm or Established. */
function timerExpired(
  step: FsmStep,
  connection: PeerConnection,
  negotiated: Negotiated,
  timer: ConnectionTimer | SessionTimer,
): void {
  // (11) "sends a KEEPALIVE message, and restarts its KeepaliveTimer, unless the negotiated HoldTime is zero."
  if (timer === "keepalive") sendKeepalive(step, connection, negotiated);
  // (29) RFC 9687 §3.
  else if (timer === "sendHold") sendHoldTimerExpired(step, connection);
  // (10) "sends a NOTIFICATION message with the Error Code Hold Timer Expired".
  else holdTimerExpired(step, connection);
}

/** An OPEN that is expected (19, 20): is this our peer, and is this the connection we keep? */
function openReceived(step: FsmStep, connection: PeerConnection, remote: Open): void {
  const { config, withoutCapabilities } = step.session;
  const local = connection.localOpen ?? localOpen(config, { withoutCapabilities });
  const outcome = negotiate(config, local, remote);
  if (outcome.kind === "refused") {
    const { refusal } = outcome;
    endWith(step, connection, refusal.notification, { because: { kind: "notificationSent", ...refusal } });
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
