/**
 * The destinations of FlowSpec rules, and what the routes to them say about the rules (RFC 8955 §6): the best route of
 * the longest prefix that covers a destination, and whether a route inside the destination is from another AS.
 *
 * Unicast routes change thousands of times a second, rules hardly ever. A decision about a unicast prefix therefore
 * costs a bit ({@link FlowDestinations.note}). Later each changed prefix is looked up among the destinations, and only
 * the rules that it concerns are checked again. The routes inside a destination are walked over only where nothing is
 * known of them: for a new destination, where the AS of its route changes, and where the route that spoke against it is
 * gone.
 */

import { type Asn, maskPrefix, type PrefixSlot } from "../../types/mod.ts";
import { clearBit, growInt32, hasBit, setBit, wordsFor } from "../table/columns.ts";
import type { CoveringRoutes, ScopedPrefix } from "./covering_routes.ts";
import type { RouteOrigin } from "./flow_feasibility.ts";

/** Above this many changes, all rules are checked again. */
const mostChanges = 20_000;

interface FlowDestination extends ScopedPrefix {
  /** The rules with this destination: slots of the FlowSpec family. */
  readonly rules: PrefixSlot[];
  /** Every route inside was from this AS when last looked at; -1: it is not known. */
  allFrom: Asn;
  /** A route inside that was from another AS, or -1. */
  against: PrefixSlot | -1;
  /** Prefixes inside that changed since then. */
  changed: PrefixSlot[];
}

export class FlowDestinations {
  readonly #routes: CoveringRoutes;
  readonly #byText = new Map<string, FlowDestination>();
  /** By slot of the rule; `null`: the rule has no destination. */
  readonly #byRule: (FlowDestination | null | undefined)[] = [];
  /** The lengths that destinations have, or had. */
  readonly #lengths = new Set<number>();
  /** In order of {@link sortKey}, as long as no destination is added. */
  #sorted: { readonly text: string; readonly destination: FlowDestination }[] | undefined;
  #changed: PrefixSlot[] = [];
  #isChanged = new Int32Array(0);
  #tooMany = false;

  constructor(routes: CoveringRoutes) {
    this.#routes = routes;
  }

  /** The best route of a prefix may be another one. */
  note(slot: PrefixSlot): void {
    if (this.#byText.size === 0 || this.#tooMany) return;
    if (slot >>> 5 >= this.#isChanged.length) this.#isChanged = growInt32(this.#isChanged, wordsFor(2 * slot + 1024));
    if (hasBit(this.#isChanged, slot)) return;
    setBit(this.#isChanged, slot);
    this.#tooMany = this.#changed.push(slot) > mostChanges;
  }

  get hasChanges(): boolean {
    return this.#changed.length > 0;
  }

  /** The rule is gone. */
  forget(rule: PrefixSlot): void {
    const destination = this.#byRule[rule];
    this.#byRule[rule] = undefined;
    if (destination === undefined || destination === null) return;
    destination.rules.splice(destination.rules.indexOf(rule), 1);
    if (destination.rules.length > 0) return;
    this.#byText.delete(textOf(destination));
    this.#sorted = undefined;
  }

  /** The rules whose answer may be another one since the last call. */
  takeRules(): PrefixSlot[] {
    const found = new Set<FlowDestination>();
    for (const slot of this.#changed) clearBit(this.#isChanged, slot);
    if (this.#tooMany) {
      for (const destination of this.#byText.values()) {
        destination.allFrom = -1 as Asn;
        destination.changed = [];
        found.add(destination);
      }
    } else for (const slot of this.#changed) this.#find(slot, found);
    this.#changed = [];
    this.#tooMany = false;
    return [...found].flatMap(({ rules }) => rules);
  }

  /** The best route that covers the destination of a rule; `undefined`: no route, or no destination. */
  routeOf(rule: PrefixSlot, at: ScopedPrefix | undefined): RouteOrigin | undefined {
    const destination = this.#destination(rule, at);
    return destination === null ? undefined : this.#routes.originAt(this.#routes.longest(destination));
  }

  /** Another AS than `asn` that a route inside the destination of a rule comes from. */
  otherInside(rule: PrefixSlot, at: ScopedPrefix | undefined, asn: Asn): Asn | undefined {
    const destination = this.#destination(rule, at);
    if (destination === null) return undefined;
    const changed = destination.changed;
    destination.changed = [];
    const known = destination.against === -1 ? [] : [destination.against];
    const found = this.#otherAmong([...known, ...changed], destination, asn);
    if (found !== undefined || destination.allFrom === asn) return found;
    const other = this.#otherAmong(this.#routes.inside(destination), destination, asn);
    if (other === undefined) destination.allFrom = asn;
    return other;
  }

  #otherAmong(slots: Iterable<PrefixSlot>, destination: FlowDestination, asn: Asn): Asn | undefined {
    for (const slot of slots) {
      const other = this.#routes.asnInside(slot, destination);
      if (other === undefined || other === asn) continue;
      destination.against = slot;
      destination.allFrom = -1 as Asn;
      return other;
    }
    destination.against = -1;
    return undefined;
  }

  #destination(rule: PrefixSlot, at: ScopedPrefix | undefined): FlowDestination | null {
    return this.#byRule[rule] ??= at === undefined ? null : this.#add(rule, at);
  }

  #add(rule: PrefixSlot, { scope, prefix }: ScopedPrefix): FlowDestination {
    const text = textOf({ scope, prefix });
    let destination = this.#byText.get(text);
    if (destination === undefined) {
      destination = { scope, prefix, rules: [], allFrom: -1 as Asn, against: -1, changed: [] };
      this.#byText.set(text, destination);
      this.#lengths.add(prefix.length);
      this.#sorted = undefined;
    }
    destination.rules.push(rule);
    return destination;
  }

  /** Adds the destinations that a changed prefix concerns. */
  #find(slot: PrefixSlot, found: Set<FlowDestination>): void {
    const changed = this.#routes.at(slot);
    if (changed === undefined) return;
    const { scope, prefix: { octets, length } } = changed;
    for (const bits of this.#lengths) {
      if (bits > length) continue;
      const outer = this.#byText.get(textOf({ scope, prefix: maskPrefix(octets, bits) }));
      if (outer === undefined) continue;
      if (bits < length) outer.changed.push(slot);
      found.add(outer);
    }
    this.#eachInside(changed, (destination) => void found.add(destination));
  }

  #eachInside({ scope, prefix: { octets, length } }: ScopedPrefix, visit: (found: FlowDestination) => void): void {
    const sorted = this.#sorted ??= [...this.#byText.values()]
      .map((destination) => ({ text: sortKey(destination.scope, destination.prefix.octets), destination }))
      .sort((a, b) => a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
    const last = octets.map((octet, i) => octet | (0xff >> Math.min(8, Math.max(0, length - 8 * i))));
    const [from, to] = [sortKey(scope, octets), sortKey(scope, last)];
    let low = 0;
    for (let high = sorted.length; low < high;) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]!.text < from) low = middle + 1;
      else high = middle;
    }
    for (; low < sorted.length && sorted[low]!.text <= to; low++) visit(sorted[low]!.destination);
  }
}

function textOf({ scope, prefix: { octets, length } }: ScopedPrefix): string {
  return `${sortKey(scope, octets)}/${length}`;
}

/** Destinations inside of a prefix follow each other in this order. */
function sortKey(scope: string, octets: Uint8Array): string {
  return `${scope} ${octets.toHex()}`;
}
