/**
 * What is still to be told to one peer, pulled by its socket: nothing is encoded before there is room for it, so a peer
 * that reads slowly costs a position, not a queue of messages.
 *
 * Jobs run in order: the routes of a family, then its End-of-RIB (RFC 4724 §2); and again, between the marks of
 * RFC 7313, where the peer asks for a refresh.
 */

import { encodeAttributeSet, encodeRouteRefresh, RefreshSubtype, UpdateEncoder } from "../message/mod.ts";
import type { Negotiated } from "../session/mod.ts";
import { family as familyRow, type FamilyId, formatPrefix, maskHas, maskIds, type Prefix } from "../types/mod.ts";
import { exportOriginated, type OriginatedRoute, type SessionAddresses } from "./originate.ts";
import { wordAt } from "./words.ts";

/** Prefixes that leave with one attribute set. */
interface Bucket {
  readonly wire: Uint8Array;
  readonly prefixes: Prefix[];
}

type Job =
  | { kind: "routes"; family: FamilyId; bucket: number; prefix: number; refresh: boolean; begun: boolean }
  | { kind: "endOfRib"; family: FamilyId }
  | { kind: "mark"; family: FamilyId; subtype: RefreshSubtype };

export class AdjRibOut {
  /** Why routes of ours are not told to this peer. */
  readonly skipped: string[] = [];
  readonly #negotiated: Negotiated;
  readonly #encoder: UpdateEncoder;
  readonly #buckets = new Map<FamilyId, Bucket[]>();
  #jobs: Job[] = [];

  constructor(negotiated: Negotiated, addresses: SessionAddresses, routes: readonly OriginatedRoute[]) {
    this.#negotiated = negotiated;
    this.#encoder = new UpdateEncoder(negotiated);
    this.#fillBuckets(routes, addresses);
    for (const family of maskIds(negotiated.families)) {
      this.#jobs.push({ kind: "routes", family, bucket: 0, prefix: 0, refresh: false, begun: false });
      this.#jobs.push({ kind: "endOfRib", family });
    }
  }

  get hasOutput(): boolean {
    return this.#jobs.length > 0;
  }

  /** Tells the family's routes once more (RFC 2918 §4). A request that is waiting already serves for this one too. */
  resend(family: FamilyId): void {
    const waits = (job: Job) => job.kind === "routes" && job.family === family && job.refresh && !job.begun;
    if (this.#jobs.some(waits)) return;
    const enhanced = this.#negotiated.enhancedRouteRefresh;
    if (enhanced) this.#jobs.push({ kind: "mark", family, subtype: RefreshSubtype.begin });
    this.#jobs.push({ kind: "routes", family, bucket: 0, prefix: 0, refresh: true, begun: false });
    if (enhanced) this.#jobs.push({ kind: "mark", family, subtype: RefreshSubtype.end });
  }

  /** Whole messages, about `limit` octets of them; `undefined` where there is nothing to say. */
  pull(limit: number): Uint8Array | undefined {
    const parts: Uint8Array[] = [];
    let size = 0;
    const take = () => {
      if (this.#encoder.size > 0) size += parts[parts.push(this.#encoder.take()) - 1]!.length;
    };
    while (this.#jobs.length > 0 && size + this.#encoder.size < limit) {
      const job = this.#jobs[0]!;
      switch (job.kind) {
        case "routes":
          if (!this.#encodeRoutes(job, limit - size)) continue;
          break;
        case "endOfRib":
          this.#encoder.endOfRib(job.family);
          break;
        case "mark": {
          take();
          const { afi, safi } = familyRow(job.family);
          const mark = encodeRouteRefresh({ afi, safi, subtype: job.subtype });
          parts.push(mark);
          size += mark.length;
          break;
        }
        default:
          job satisfies never;
      }
      this.#jobs.shift();
    }
    take();
    return size === 0 ? undefined : joined(parts, size);
  }

  /** Goes on with a family's routes; true where all are encoded, false where `room` ended first. */
  #encodeRoutes(job: Job & { kind: "routes" }, room: number): boolean {
    const buckets = this.#buckets.get(job.family) ?? [];
    const encoder = this.#encoder;
    // RFC 7911 §3: each prefix has one route of ours, so its path identifier is always the same.
    const pathId = maskHas(this.#negotiated.addPathSend, job.family) ? 1 : -1;
    job.begun = true;
    for (; job.bucket < buckets.length; job.bucket++, job.prefix = 0) {
      const { wire, prefixes } = buckets[job.bucket]!;
      encoder.begin(wire, job.family);
      while (job.prefix < prefixes.length && encoder.size < room) {
        const { octets, length } = prefixes[job.prefix++]!;
        encoder.add(wordAt(octets, 0), wordAt(octets, 1), wordAt(octets, 2), wordAt(octets, 3), length, pathId);
      }
      encoder.finish();
      if (job.prefix < prefixes.length) return false;
    }
    return true;
  }

  #fillBuckets(routes: readonly OriginatedRoute[], addresses: SessionAddresses): void {
    const byWire = new Map<string, Bucket>();
    for (const route of routes) {
      if (!maskHas(this.#negotiated.families, route.family)) continue;
      const exported = exportOriginated(route, this.#negotiated, addresses);
      if (exported.kind === "skip") {
        this.skipped.push(exported.reason);
        continue;
      }
      const wire = encodeAttributeSet(exported.attributes);
      const key = `${route.family}/${wire.join()}`;
      let bucket = byWire.get(key);
      if (bucket === undefined) {
        bucket = { wire, prefixes: [] };
        byWire.set(key, bucket);
        if (!this.#encoder.begin(wire, route.family)) {
          this.skipped.push(`${formatPrefix(route.prefix)} is not announced: its attributes do not fit a message`);
          continue;
        }
        const buckets = this.#buckets.get(route.family);
        if (buckets === undefined) this.#buckets.set(route.family, [bucket]);
        else buckets.push(bucket);
      }
      bucket.prefixes.push(route.prefix);
    }
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
