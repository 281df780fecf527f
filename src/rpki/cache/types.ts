/**
 * The interface between the session with one RPKI cache and its shell: events in, effects out. The shell turns sockets
 * and clocks into events, and carries out effects; tests do the same with plain values and virtual time.
 */

import type { Asn, Millis } from "../../types/mod.ts";
import type { RtrTiming } from "../rtr/pdu.ts";
import type { RtrVersion } from "../rtr/code_points.ts";
import type { Taken } from "./payloads.ts";

export interface CacheConfig {
  /** The version that we ask for first. 2: with ASPAs. */
  readonly version: RtrVersion;
  /** Seconds, for as long as the cache has said nothing else. */
  readonly timing: RtrTiming;
  /** The most VRPs, ASPAs and providers that the cache may announce. */
  readonly mostRecords: number;
}

/**
 * `waiting`: until the next attempt to connect. `asking`: a query is sent. `receiving`: its answer has begun. `idle`:
 * the next query waits for a timer, or for a Serial Notify.
 */
export const cacheStates = ["stopped", "waiting", "connecting", "asking", "receiving", "idle"] as const;
export type CacheState = typeof cacheStates[number];

export type CacheEvent =
  /** Connect now, or again now. */
  | { readonly kind: "start" }
  /** Disconnect. The data stay until they expire. */
  | { readonly kind: "stop" }
  /** Time passed: every timer due at `now` fires. The shell sends it at the next deadline. */
  | { readonly kind: "tick" }
  | { readonly kind: "connected" }
  | { readonly kind: "connectFailed"; readonly reason: string }
  /** End of stream, or a transport error. */
  | { readonly kind: "closed"; readonly reason: string }
  /** Octets of the connection; the session copies what it keeps. */
  | { readonly kind: "octets"; readonly bytes: Uint8Array };

export type CacheEffect =
  /** Dial the cache; answer with `connected` or `connectFailed`. */
  | { readonly kind: "connect" }
  /** Write one whole PDU. */
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /**
   * Flush what was sent, then close, or cancel the dial; no event of this connection is expected after it. A `closed`
   * event is answered with it, too, so that the shell releases every connection in one place.
   */
  | { readonly kind: "close" }
  | { readonly kind: "state"; readonly from: CacheState; readonly to: CacheState }
  /** An answer is complete, and its data are in force. `isFull`: it replaced all data of the cache. */
  | { readonly kind: "data"; readonly isFull: boolean; readonly serial: number }
  /** All data of the cache are gone. */
  | { readonly kind: "dropped"; readonly reason: string }
  /** An Error Report, sent or received, or what went wrong without one. For the log, and for `show`. */
  | { readonly kind: "failed"; readonly reason: string; readonly code: number | undefined; readonly received: boolean }
  /** A line for the log besides these. */
  | { readonly kind: "note"; readonly text: string };

/** Where the session keeps what its cache announces: a view of `payloads.ts`, or a stand-in of a test. */
export interface CacheData {
  begin(isFull: boolean): void;
  prefix(
    announce: boolean,
    isIpv4: boolean,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
    maxLength: number,
    asn: Asn,
  ): Taken;
  aspa(announce: boolean, customer: Asn, providers: readonly Asn[]): Taken;
  commit(): void;
  abort(): void;
  drop(): void;
}

/** What a restart of this program needs to go on with the data it had (RFC 8210 §8.1). */
export interface SavedCache {
  readonly version: RtrVersion;
  readonly sessionId: number;
  readonly serial: number;
  readonly timing: RtrTiming;
  readonly expiresAt: Millis;
}
