/** The tables as they are, for a reader that begins: in small steps, so that nothing else waits for them. */

import { hashAttributes } from "../../message/mod.ts";
import { equalOctets, type FamilyId, maskHas, type Millis } from "../../types/mod.ts";
import { type AdvertisedRoute, findAdvertised } from "../out/advertised.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { findDestination } from "../table/destinations.ts";
import type { DirtyPrefixes } from "../in/dirty_prefixes.ts";
import type { MonitoredMessages, MonitorEntry } from "./entry.ts";
import { choosesPeer, type MonitorChoice, type MonitorTable } from "./monitor_choice.ts";
import { RouteChanges } from "./route_changes.ts";
import type { SessionTables } from "./session_tables.ts";
import type { TableEncoder } from "./table_encoder.ts";
import type { WatchedLocRib } from "./watched_table.ts";

/** Pages of an Adj-RIB-In, destinations of the Loc-RIB, and rows of an Adj-RIB-Out in a step. */
const stepPages = 16;
const stepSlots = 16_384;
const stepRows = 4_096;

export interface DumpHost {
  readonly sets: AttributeTable;
  readonly now: () => Millis;
  readonly monotonic: () => Millis;
  /** The sessions that are up now. */
  readonly sessions: () => Iterable<SessionTables>;
  readonly locRibs: () => Iterable<WatchedLocRib>;
  readonly locEncoder: TableEncoder;
  /** Everything that changed until now is in the ring. */
  readonly flush: () => void;
}

/** What a step reported, as it was when the step was made. */
type Step = MonitorEntry[];

/** The tables of the sessions of now. A session that ends meanwhile is left out from then on. */
export function dumpTables(choice: MonitorChoice, host: DumpHost): Generator<Step, void, undefined> {
  return dumpOf([...host.sessions()].filter(({ session }) => choosesPeer(choice, session)), choice, host);
}

function* dumpOf(
  sessions: readonly SessionTables[],
  choice: MonitorChoice,
  host: DumpHost,
): Generator<Step, void, undefined> {
  for (const tables of sessions) {
    if (choice.tables.includes("adj-in")) yield* dumpAdjRibsIn("adj-in", tables, choice, host);
    if (choice.tables.includes("adj-in-post")) yield* dumpAdjRibsIn("adj-in-post", tables, choice, host);
    if (choice.tables.includes("adj-out-post")) yield* dumpAdjRibOut(tables, choice, host);
  }
  if (!choice.tables.includes("loc")) return;
  for (const table of [...host.locRibs()]) if (maskHas(choice.families, table.rib.family)) yield* dumpLoc(table, host);
}

function* dumpAdjRibsIn(
  table: MonitorTable,
  tables: SessionTables,
  { families }: MonitorChoice,
  host: DumpHost,
): Generator<Step, void, undefined> {
  const { inEncoder: encoder, adjRibsIn } = tables;
  for (const [family, watched] of adjRibsIn) {
    if (!maskHas(families, family)) continue;
    const make = maker(table, tables, family, host);
    for (let page = 0; page < watched.routes.pageCount && isUp(tables, host); page += stepPages) {
      host.flush();
      // RFC 7854 §4.2: a message has the time when its routes were received.
      const byTime = new Map<Millis, RouteChanges>();
      const changesOf = (at: Millis) => byTime.get(at) ?? (byTime.set(at, new RouteChanges()), byTime.get(at)!);
      for (let i = 0; i < stepPages; i++) watched.dump(page + i, table === "adj-in-post", changesOf);
      yield [...byTime].flatMap(([at, changes]) => make(changes, watched.rib, encoder, at));
    }
    if (isUp(tables, host)) yield [make.entry(encoder.endOfRib(family))];
  }
}

function* dumpLoc(watched: WatchedLocRib, host: DumpHost): Generator<Step, void, undefined> {
  const { rib } = watched;
  const make = maker("loc", undefined, rib.family, host);
  for (let from = 0; from < rib.slots.count; from += stepSlots) {
    host.flush();
    const changes = new RouteChanges();
    watched.dump(from, Math.min(from + stepSlots, rib.slots.count), changes);
    yield make(changes, rib, host.locEncoder);
  }
  yield [make.entry(host.locEncoder.endOfRib(rib.family))];
}

/** What was written to the session. */
function* dumpAdjRibOut(
  tables: SessionTables,
  { families }: MonitorChoice,
  host: DumpHost,
): Generator<Step, void, undefined> {
  const { session: { out, negotiated }, outEncoder } = tables;
  let routes: AdvertisedRoute[] = [];
  let rows = 0;
  const all = findAdvertised(out, { which: { kind: "all" }, states: "written" }, host.monotonic);
  for (const route of all) {
    if (!isUp(tables, host)) return;
    if (route?.wire !== undefined && maskHas(families, route.family)) routes.push(route);
    if (++rows % stepRows !== 0) continue;
    yield advertised(routes, tables, host);
    routes = [];
  }
  if (!isUp(tables, host)) return;
  yield advertised(routes, tables, host);
  for (const { group: { family } } of out.families) {
    if (!maskHas(families & negotiated.families, family)) continue;
    if (!isUp(tables, host)) return;
    yield [maker("adj-out-post", tables, family, host).entry(outEncoder.endOfRib(family))];
  }
}

/** Routes of one step, with equal attribute sets together. */
function advertised(routes: readonly AdvertisedRoute[], tables: SessionTables, host: DumpHost): Step {
  const { outEncoder: encoder, session: { out } } = tables;
  const step: Step = [];
  for (const [family, ofFamily] of Map.groupBy(routes, (route) => route.family)) {
    const { rib } = out.families.find(({ group }) => group.family === family)!.group;
    const { entry } = maker("adj-out-post", tables, family, host);
    for (const same of sameSets(ofFamily)) {
      encoder.begin(family, same[0]!.wire!);
      for (const route of same) {
        encoder.add(rib.destinations, findDestination(rib.destinations, route), route.pathId);
        if (encoder.isFull) step.push(entry(encoder.take()));
      }
    }
    if (encoder.hasMessages) step.push(entry(encoder.take()));
  }
  return step;
}

function sameSets(routes: readonly AdvertisedRoute[]): AdvertisedRoute[][] {
  const found: AdvertisedRoute[][] = [];
  for (const some of Map.groupBy(routes, ({ wire }) => hashAttributes(wire!, 0, wire!.length)).values()) {
    let rest = some;
    while (rest.length > 0) {
      const { wire } = rest[0]!;
      found.push(rest.filter((route) => equalOctets(route.wire!, wire!)));
      rest = rest.filter((route) => !equalOctets(route.wire!, wire!));
    }
  }
  return found;
}

function isUp(tables: SessionTables, host: DumpHost): boolean {
  for (const each of host.sessions()) if (each === tables) return true;
  return false;
}

/** Makes entries of routes of one table and family. */
function maker(table: MonitorTable, tables: SessionTables | undefined, family: FamilyId, host: DumpHost) {
  const entry = (bytes: Uint8Array, at: Millis = host.now()): MonitoredMessages => ({
    kind: "messages",
    at,
    table,
    session: tables?.session,
    family,
    twoOctetAs: false,
    isDump: true,
    bytes,
  });
  const make = (changes: RouteChanges, rib: DirtyPrefixes, encoder: TableEncoder, at?: Millis): MonitoredMessages[] => {
    const entries: MonitoredMessages[] = [];
    changes.encode(encoder, family, rib.destinations, host.sets, (bytes) => entries.push(entry(bytes, at)));
    return entries;
  };
  return Object.assign(make, { entry });
}
