/**
 * One route as policy sees it: where its attributes stand in the canonical octets, and what rules have set since. An
 * attribute that a rule changes moves to a buffer of its own; the set is written once, after the last rule.
 *
 * A chain has one object of this class and loads it with one route after the other.
 */

import { AttributeCode, AttributeFlag, nextAttribute, valueStart, writeAttributeHeader } from "../message/mod.ts";
import { equalRuns, readUint32, writeUint32 } from "../types/mod.ts";
import type { RouteContext } from "./context.ts";
import { PathFacts } from "./path_facts.ts";
import { prefixClassOf, validityOfClass } from "./route_class.ts";
import { ValueSpan } from "./value_span.ts";

/** RFC 4271 §4.3: Total Path Attribute Length has two octets. */
const longestSet = 0xffff;

/** The attributes that rules can change, ascending. Index: slot of {@link PolicyRoute.spans}. */
const codes = [
  AttributeCode.origin,
  AttributeCode.asPath,
  AttributeCode.nextHop,
  AttributeCode.multiExitDisc,
  AttributeCode.localPref,
  AttributeCode.atomicAggregate,
  AttributeCode.communities,
  AttributeCode.extendedCommunities,
  AttributeCode.largeCommunities,
] as const;

const flags = [
  AttributeFlag.transitive,
  AttributeFlag.transitive,
  AttributeFlag.transitive,
  AttributeFlag.optional,
  AttributeFlag.transitive,
  AttributeFlag.transitive,
  AttributeFlag.optional | AttributeFlag.transitive,
  AttributeFlag.optional | AttributeFlag.transitive,
  AttributeFlag.optional | AttributeFlag.transitive,
] as const;

/** Index: attribute code. The slot, or -1. */
const slotOf = new Int8Array(256).fill(-1);
codes.forEach((code, slot) => slotOf[code] = slot);

export class PolicyRoute {
  wire: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  prefixClass = 0;
  /** What RPKI data say of the route (`rpki/validity.ts`). */
  validity = 0;
  context!: RouteContext;
  /** Bits of {@link Explicit}. */
  explicit = 0;
  /** A rule changed something. */
  isChanged = false;

  readonly origin = new ValueSpan(flags[0]);
  readonly asPath = new ValueSpan(flags[1]);
  readonly nextHop = new ValueSpan(flags[2]);
  readonly med = new ValueSpan(flags[3]);
  readonly localPref = new ValueSpan(flags[4]);
  readonly atomicAggregate = new ValueSpan(flags[5]);
  readonly communities = new ValueSpan(flags[6]);
  readonly extCommunities = new ValueSpan(flags[7]);
  readonly largeCommunities = new ValueSpan(flags[8]);
  readonly path = new PathFacts(this.asPath);
  readonly #spans: readonly ValueSpan[] = [
    this.origin,
    this.asPath,
    this.nextHop,
    this.med,
    this.localPref,
    this.atomicAggregate,
    this.communities,
    this.extCommunities,
    this.largeCommunities,
  ];
  /** Index: code of an attribute that a rule removed and that has no span. */
  readonly #removed = new Uint8Array(256);
  #hasRemoved = false;

  load(wire: Uint8Array, start: number, end: number, routeClass: number, context: RouteContext): void {
    if (this.wire !== wire) this.wire = wire;
    this.start = start;
    this.end = end;
    this.prefixClass = prefixClassOf(routeClass);
    this.validity = validityOfClass(routeClass);
    if (this.context !== context) this.context = context;
    this.explicit = 0;
    this.isChanged = false;
    if (this.#hasRemoved) {
      this.#removed.fill(0);
      this.#hasRemoved = false;
    }
    const spans = this.#spans;
    for (let slot = 0; slot < spans.length; slot++) spans[slot]!.clear();
    this.path.forget();
    for (let at = start; at < end;) {
      const next = nextAttribute(wire, at);
      const slot = slotOf[wire[at + 1]!]!;
      if (slot !== -1) spans[slot]!.locate(wire, valueStart(wire, at), next, wire[at]! & ~AttributeFlag.extendedLength);
      at = next;
    }
  }

  /** The value of an attribute that is one number; `absent` where the route does not have it. */
  number(span: ValueSpan, absent: number): number {
    return span.isPresent ? readUint32(span.bytes, span.start) : absent;
  }

  setNumber(span: ValueSpan, value: number): void {
    writeUint32(span.replace(4), 0, value);
    this.isChanged = true;
  }

  setOctets(span: ValueSpan, octets: Uint8Array): void {
    span.replace(octets.length).set(octets);
    this.isChanged = true;
  }

  remove(span: ValueSpan): void {
    if (!span.isPresent) return;
    span.remove();
    this.isChanged = true;
  }

  hasAttribute(code: number): boolean {
    const slot = slotOf[code]!;
    if (slot !== -1) return this.#spans[slot]!.isPresent;
    if (this.#removed[code] !== 0) return false;
    const { wire, end } = this;
    for (let at = this.start; at < end; at = nextAttribute(wire, at)) if (wire[at + 1] === code) return true;
    return false;
  }

  removeAttribute(code: number): void {
    const slot = slotOf[code]!;
    if (slot !== -1) return this.remove(this.#spans[slot]!);
    this.#removed[code] = 1;
    this.#hasRemoved = true;
    this.isChanged = true;
  }

  /**
   * Writes the set with all changes and returns its length; -1 where it is too long for any message. `target` has room
   * for {@link room} octets.
   */
  write(target: Uint8Array): number {
    const { wire, end } = this;
    const spans = this.#spans;
    let out = 0;
    let slot = 0;
    for (let at = this.start; at < end;) {
      const code = wire[at + 1]!;
      const next = nextAttribute(wire, at);
      for (; slot < codes.length && codes[slot]! < code; slot++) {
        if (spans[slot]!.isReplaced) out = writeSpan(target, out, codes[slot]!, spans[slot]!);
      }
      if (slot < codes.length && codes[slot] === code && spans[slot]!.isReplaced) {
        out = writeSpan(target, out, code, spans[slot]!);
        slot++;
      } else if (this.#removed[code] === 0) {
        while (at < next) target[out++] = wire[at++]!;
      }
      at = next;
    }
    for (; slot < codes.length; slot++) {
      if (spans[slot]!.isReplaced) out = writeSpan(target, out, codes[slot]!, spans[slot]!);
    }
    return out > longestSet ? -1 : out;
  }

  /** Octets that {@link write} needs at the most. */
  get room(): number {
    let room = this.end - this.start;
    for (const span of this.#spans) if (span.isReplaced) room += 4 + span.length;
    return room;
  }

  /** True where the set that was written equals the set that was loaded. */
  isAsReceived(written: Uint8Array, length: number): boolean {
    return length === this.end - this.start && equalRuns(written, 0, this.wire, this.start, length);
  }
}

function writeSpan(target: Uint8Array, to: number, code: number, span: ValueSpan): number {
  if (!span.isPresent) return to;
  let out = writeAttributeHeader(target, to, span.flags, code, span.length);
  const { bytes, end } = span;
  for (let at = span.start; at < end; at++) target[out++] = bytes[at]!;
  return out;
}
