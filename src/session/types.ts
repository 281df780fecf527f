/**
 * The words a session speaks with its shell: events in, effects out. A shell (src/daemon) turns sockets and clocks into
 * events and effects into sockets; tests do the same with plain values and virtual time.
 */

import type { Asn, FamilyId, FamilyMask } from "../types/mod.ts";
import type { Capability, Notification, Open, RoleName, UpdateContext } from "../message/mod.ts";
import type { GracefulTerms } from "./graceful.ts";

/** Milliseconds since any fixed moment; only differences and order count. */
export type Millis = number;

/** One TCP connection of a peer. Chosen by the shell, unique within the peer, never reused. */
export type ConnectionId = number;

/** RFC 4271 §8.2.2. */
export const sessionStates = ["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"] as const;
export type State = typeof sessionStates[number];

/**
 * The state of a peer as operators see it: `Disabled` by command or configuration; `Held`: it sent more prefixes than
 * `max_prefixes` allows; otherwise the state of its session. The metric `bgpd_peer_state` is the index in this list.
 */
export const peerStates = ["Disabled", ...sessionStates, "Held"] as const;
export type PeerStateName = typeof peerStates[number];

/** What a session needs to know of its peer's configuration. */
export interface SessionConfig {
  readonly localAsn: Asn;
  /** `undefined`: any AS is accepted (dynamic peers without `remote_as`). */
  readonly remoteAsn: Asn | undefined;
  /** Our BGP Identifier, a 32-bit number. */
  readonly routerId: number;
  /** Proposed in OPEN; 0, or at least 3 (RFC 4271 §4.2). */
  readonly holdTimeSeconds: number;
  /** ConnectRetryTime: between attempts to connect, jittered. */
  readonly connectRetrySeconds: number;
  /** DampPeerOscillations: the first idle hold; doubles with each failure up to {@link idleHoldMaxSeconds}. */
  readonly idleHoldSeconds: number;
  readonly idleHoldMaxSeconds: number;
  /** SendHoldTime (RFC 9687 §4): 0 switches it off. */
  readonly sendHoldSeconds: number;
  /** Never dial; wait for the peer (PassiveTcpEstablishment). */
  readonly passive: boolean;
  /** DelayOpenTime (RFC 4271 §8.1.1), 0 = OPEN at once. */
  readonly delayOpenSeconds: number;
  readonly families: readonly FamilyId[];
  /** ADD-PATH (RFC 7911): families we receive, and send, several paths of. */
  readonly addPathReceive: FamilyMask;
  readonly addPathSend: FamilyMask;
  /** IPv4 NLRI with IPv6 next hop (RFC 8950): families offered. */
  readonly extendedNextHop: FamilyMask;
  /** The other member ASes of our confederation (RFC 5065). */
  readonly confederationMembers?: readonly Asn[];
  /** AIGP_SESSION (RFC 7311 §3.1); `undefined`: as it is by default. */
  readonly aigp?: boolean | undefined;
  /** The first AS of an external peer's paths has to be its own (RFC 4271 §6.3). */
  readonly enforceFirstAs?: boolean;
  /** What we are to an eBGP peer (RFC 9234); `undefined`: nothing is said, nothing asked. */
  readonly role: RoleName | undefined;
  /** A peer that announces no role is refused (RFC 9234 §4.2). */
  readonly roleStrict: boolean;
  /** Further capabilities to announce as they stand (graceful restart, FQDN, software version …). */
  readonly extraCapabilities: readonly Capability[];
}

export type SessionEvent =
  /** RFC 4271 §8.1.2 events 1, 3 and the rest of the start family; `automatic` starts obey damping. */
  | { kind: "start"; automatic: boolean }
  /**
   * Events 2 and 8. The NOTIFICATION sent to the peer, usually Cease with a reason (RFC 9003). `graceful`: routes are to stay
   * on both sides, where RFC 8538 is agreed on.
   */
  | { kind: "stop"; notification: Notification; graceful?: boolean }
  /** Time passed: every timer due at `now` fires. The shell sends it at {@link nextDeadline}. */
  | { kind: "tick" }
  /** Events 16 and 17: our dial succeeded. */
  | { kind: "connected"; connection: ConnectionId }
  /** Event 18: our dial failed. */
  | { kind: "connectFailed"; reason: string }
  /** Events 14, 17: the peer connected to us and the listener found it to be this peer. */
  | { kind: "accepted"; connection: ConnectionId }
  /** Event 18: end of stream, or a transport error. */
  | { kind: "closed"; connection: ConnectionId; reason: string }
  /** Event 19, 20. */
  | { kind: "open"; connection: ConnectionId; open: Open }
  /** Event 26. */
  | { kind: "keepalive"; connection: ConnectionId }
  /** Event 27: an UPDATE or ROUTE-REFRESH came in; its content is the RIB's affair. */
  | { kind: "update"; connection: ConnectionId }
  /** As `update`, for ROUTE-REFRESH. */
  | { kind: "routeRefresh"; connection: ConnectionId }
  /** Events 24, 25. */
  | { kind: "notification"; connection: ConnectionId; notification: Notification }
  /** Events 21, 22, 28: bytes that break a rule. The NOTIFICATION says which; it is sent and the session ends. */
  | { kind: "fault"; connection: ConnectionId; notification: Notification }
  /** Bytes of the peer wait unread because the RIB is busy: the HoldTimer re-arms (the peer is alive). */
  | { kind: "dataPending"; connection: ConnectionId }
  /** The kernel accepted bytes of ours (SendHoldTimer restarts), RFC 9687. `drained`: nothing is queued any more. */
  | { kind: "sent"; connection: ConnectionId; drained: boolean };

export type Effect =
  /** Dial the peer; answer with `connected` or `connectFailed`. */
  | { kind: "connect" }
  /** Give up a dial in progress; no answer is expected. */
  | { kind: "cancelConnect" }
  /** The ConnectRetryTimer expired while the peer had neither taken nor refused the connection. */
  | { kind: "unanswered" }
  /** Write one whole message. */
  | {
    kind: "send";
    connection: ConnectionId;
    message: "OPEN" | "KEEPALIVE" | "NOTIFICATION";
    bytes: Uint8Array;
    /** Of a NOTIFICATION: what our own operator is to know beside it. */
    why?: string;
  }
  /**
   * Flush what was sent, then close. No `closed` event is expected for it. It answers a `closed` event too, so that every
   * connection the session was given is let go of in one place. After it nothing more is sent on the connection.
   */
  | { kind: "close"; connection: ConnectionId }
  /** The peer's state, the most advanced of its connections, changed. */
  | { kind: "state"; from: State; to: State }
  /** The session is up; from now on UPDATEs belong to the RIB. `epoch` grows by one with each session. */
  | { kind: "established"; connection: ConnectionId; epoch: number; negotiated: Negotiated }
  /** The session that `epoch` named is over. Follows every `established` exactly once. */
  | { kind: "down"; epoch: number; reason: DownReason }
  /** Something a person wants to read that is no state change: refused OPEN, collision resolved, damping. */
  | { kind: "note"; text: string };

/** Why an OPEN is not accepted: for the peer, and, where two values do not go together, both of them for our operator. */
export interface Refusal {
  readonly notification: Notification;
  readonly why?: string;
}

export type DownReason =
  /** `why`: for our own operator, with the values at hand. */
  | { kind: "notificationSent"; notification: Notification; why?: string }
  | { kind: "notificationReceived"; notification: Notification }
  | { kind: "holdTimerExpired" }
  | { kind: "sendHoldTimerExpired" }
  | { kind: "connectionLost"; reason: string };

/** What both OPENs agreed on. */
export interface Negotiated extends UpdateContext {
  readonly remoteAsn: Asn;
  readonly remoteRouterId: number;
  readonly holdTimeSeconds: number;
  readonly keepaliveSeconds: number;
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  /** What we are to the peer, whether or not it said the counterpart (RFC 9234 §5); never inside an AS. */
  readonly role?: RoleName | undefined;
  /** What the peer says that it is to us. */
  readonly remoteRole?: RoleName | undefined;
  /** Where both announced graceful restart. */
  readonly graceful?: GracefulTerms | undefined;
  /** As the peer announced them, for people and for graceful restart. */
  readonly remoteCapabilities: readonly Capability[];
  readonly localCapabilities: readonly Capability[];
}
