/**
 * The interface between a session and its shell: events in, effects out. The shell (src/daemon) turns sockets and
 * clocks into events, and carries out effects; tests do the same with plain values and virtual time.
 */

import type { Asn, ByFamily, FamilyId, FamilyMask } from "../types/mod.ts";
import type { Capability, Notification, Open, RoleName, UpdateContext } from "../message/mod.ts";

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

/** The part of a peer's configuration that a session needs. */
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
  /** DampPeerOscillations: the first Idle; it doubles with each failure up to {@link idleHoldMaxSeconds}. */
  readonly idleHoldSeconds: number;
  readonly idleHoldMaxSeconds: number;
  /** SendHoldTime (RFC 9687 §4); 0: no SendHoldTimer. */
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
  /** AIGP_SESSION (RFC 7311 §3.1); `undefined`: the default. */
  readonly aigp?: boolean | undefined;
  /** The first AS of an external peer's paths must be the peer's own (RFC 4271 §6.3). */
  readonly enforceFirstAs?: boolean;
  /** Our role towards an eBGP peer (RFC 9234); `undefined`: we announce none and accept any. */
  readonly role: RoleName | undefined;
  /** Refuse a peer that announces no role (RFC 9234 §4.2). */
  readonly roleStrict: boolean;
  /** Further capabilities to announce unchanged (graceful restart, FQDN, software version …). */
  readonly extraCapabilities: readonly Capability[];
}

export type SessionEvent =
  /** RFC 4271 §8.1.2 events 1, 3 and the rest of the start family; `automatic` starts obey damping. */
  | { kind: "start"; automatic: boolean }
  /**
   * Events 2 and 8. The NOTIFICATION sent to the peer, usually Cease with a reason (RFC 9003). `graceful`: both sides
   * keep routes where they negotiated RFC 8538.
   */
  | { kind: "stop"; notification: Notification; graceful?: boolean }
  /** Time passed: every timer due at `now` fires. The shell sends it at {@link nextDeadline}. */
  | { kind: "tick" }
  /** Events 16 and 17: our dial succeeded. */
  | { kind: "connected"; connection: ConnectionId }
  /** Event 18: our dial failed. */
  | { kind: "connectFailed"; reason: string }
  /** Events 14, 17: this peer connected to us. */
  | { kind: "accepted"; connection: ConnectionId }
  /** Event 18: end of stream, or a transport error. */
  | { kind: "closed"; connection: ConnectionId; reason: string }
  /** Event 19, 20. */
  | { kind: "open"; connection: ConnectionId; open: Open }
  /** Event 26. */
  | { kind: "keepalive"; connection: ConnectionId }
  /** Event 27: an UPDATE arrived. The RIB reads it. */
  | { kind: "update"; connection: ConnectionId }
  /** A ROUTE-REFRESH arrived. The RIB reads it. */
  | { kind: "routeRefresh"; connection: ConnectionId }
  /** Events 24, 25. */
  | { kind: "notification"; connection: ConnectionId; notification: Notification }
  /** Events 21, 22, 28: a message breaks a rule. The NOTIFICATION says which; it is sent and the session ends. */
  | { kind: "fault"; connection: ConnectionId; notification: Notification }
  /** Octets of the peer wait unread because the RIB is busy. The peer is alive: the HoldTimer restarts. */
  | { kind: "dataPending"; connection: ConnectionId }
  /** The kernel accepted octets of ours: the SendHoldTimer restarts (RFC 9687). `drained`: the queue is empty. */
  | { kind: "sent"; connection: ConnectionId; drained: boolean };

export type Effect =
  /** Dial the peer; answer with `connected` or `connectFailed`. */
  | { kind: "connect" }
  /** Cancel the dial in progress; no answer is expected. */
  | { kind: "cancelConnect" }
  /** The ConnectRetryTimer expired before the peer accepted or refused the connection. */
  | { kind: "unanswered" }
  /** Write one whole message. */
  | {
    kind: "send";
    connection: ConnectionId;
    message: "OPEN" | "KEEPALIVE" | "NOTIFICATION";
    bytes: Uint8Array;
    /** Of a NOTIFICATION: what our operator should know in addition. */
    why?: string;
  }
  /**
   * Flush what was sent, then close; nothing more is sent on the connection. No `closed` event is expected for it. A
   * `closed` event is answered with it, too, so that the shell releases every connection in one place.
   */
  | { kind: "close"; connection: ConnectionId }
  /** The peer's state, the most advanced of its connections, changed. */
  | { kind: "state"; from: State; to: State }
  /** The session is Established; from now on UPDATEs belong to the RIB. `epoch` grows by one with each session. */
  | { kind: "established"; connection: ConnectionId; epoch: number; negotiated: Negotiated }
  /** The session of this `epoch` ended. Each `established` is followed by exactly one. */
  | { kind: "down"; epoch: number; reason: DownReason }
  /** A line for the log besides state changes: refused OPEN, collision resolved, damping. */
  | { kind: "note"; text: string };

/**
 * Why an OPEN is not accepted: for the peer, and, where two values do not go together, both of them for our operator.
 */
export interface OpenRefusal {
  readonly notification: Notification;
  readonly why?: string;
}

export type DownReason =
  /** `why`: for our operator, with the values that caused it. */
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
  /** Our role towards the peer, whether or not it announced the counterpart (RFC 9234 §5); never inside an AS. */
  readonly role?: RoleName | undefined;
  /** The role that the peer announced. */
  readonly remoteRole?: RoleName | undefined;
  /** Present where both announced graceful restart. */
  readonly graceful?: GracefulTerms | undefined;
  /** Both OPENs, for programs that follow the session; absent where the terms come from elsewhere. */
  readonly opens?: { readonly sent: Open; readonly received: Open };
  /** As announced in the OPENs, for people and for graceful restart. */
  readonly remoteCapabilities: readonly Capability[];
  readonly localCapabilities: readonly Capability[];
}

/** The peer's Graceful Restart Capability, where both sides announced one. */
export interface GracefulTerms {
  /** R: the peer has restarted, and does not wait for our End-of-RIB before it advertises its routes. */
  readonly restarting: boolean;
  /** Both announced N (RFC 8538 §2): routes also survive a NOTIFICATION other than a Hard Reset. */
  readonly notification: boolean;
  /** The Restart Time that the peer announced. */
  readonly restartSeconds: number;
  /** Families whose routes stay when the session is lost (§4.2), and those for which the peer kept forwarding (F). */
  readonly families: FamilyMask;
  readonly forwarding: FamilyMask;
  /** The peer announced the Long-Lived Graceful Restart Capability too (RFC 9494 §4.1). */
  readonly longLived: LongLivedTerms | undefined;
}

export interface LongLivedTerms {
  readonly forwarding: FamilyMask;
  /** Long-Lived Stale Time by family; families without an entry have none. */
  readonly staleSeconds: Readonly<ByFamily<number>>;
}
