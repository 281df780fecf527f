/**
 * Follows the changes of a database: each poll reads what is new since the poll before. A poll keeps no statement open
 * while the caller prints, so a slow reader of the output costs the daemon nothing.
 *
 * The database says up to which time it is complete (`written_to`). Later changes that it has already are shown at
 * once, and remembered, so that they are not shown again.
 */

import {
  type BestChange,
  type ChangeCursor,
  type ChangePage,
  cursorAfter,
  type FollowedChange,
  type FollowedEvent,
  type HistoryGap,
  type LostRoutes,
  type RouteAttributes,
  type StoreReader,
} from "../../../store/mod.ts";
import type { Millis } from "../../../types/mod.ts";
import { concernsAttributes, concernsRoutes, exactPrefix, matches, type RouteConditions } from "./route_filter.ts";
import { isEcho } from "./session_text.ts";

export type Followed =
  | { readonly kind: "route"; readonly at: string; readonly change: FollowedChange }
  /** Another route of the prefix is the best one now. */
  | { readonly kind: "best"; readonly at: string; readonly change: BestChange }
  /** A route ended, and its prefix has no best route now. `change`: the route that ended. */
  | { readonly kind: "noBest"; readonly at: string; readonly change: FollowedChange }
  | { readonly kind: "lost"; readonly at: string; readonly lost: LostRoutes }
  | { readonly kind: "event"; readonly at: string; readonly event: FollowedEvent }
  | { readonly kind: "gap"; readonly at: string; readonly gap: HistoryGap };

export interface FollowOptions {
  readonly conditions: RouteConditions;
  /** Only changes of best routes. */
  readonly best: boolean;
  /** The first moment to show. */
  readonly since: Millis;
}

/** How many changes are read at one time: a walk over a full table for each page, 20 MB for its rows. */
const pageChanges = 30_000;
const pageEvents = 1_000;
/** Changes so shortly after `written_to` may be in the database: those of the same moment, mostly. */
const aheadMs = 10;
/** `written_to` does not go back, unless the clock of the machine or the file is another one. */
const clockMs = 1_000;

export class Follower {
  readonly #options: FollowOptions;
  /** Everything up to this time was shown. */
  #shownTo: Millis;
  /** What was shown of the time after that. */
  #ahead = new Set<string>();
  #eventId: number;

  constructor(reader: StoreReader, options: FollowOptions) {
    this.#options = options;
    this.#shownTo = options.since - 1;
    this.#eventId = reader.lastEventAt(options.since - 1);
  }

  /** The database is another file: its events have other numbers. */
  restart(reader: StoreReader): void {
    this.#eventId = reader.lastEventAt(this.#shownTo);
  }

  /** What happened since the last poll, in pages, the oldest first. */
  *poll(reader: StoreReader): Generator<Followed[], void, undefined> {
    const { writtenTo } = reader;
    if (writtenTo < this.#shownTo - clockMs && this.#shownTo >= this.#options.since) this.#shownTo = writtenTo;
    const others: Followed[] = [...this.#events(reader), ...this.#gaps(reader, writtenTo)];
    const to = writtenTo + aheadMs;
    if (to <= this.#shownTo) {
      if (others.length > 0) yield others;
      return;
    }
    const ahead = new Set<string>();
    others.push(...this.#lost(reader, to, writtenTo, ahead));
    for (const changes of this.#pages(reader, to)) {
      const page = [...others.splice(0), ...this.#unseen(changes, writtenTo, ahead)];
      if (page.length > 0) yield page.sort(byTime);
    }
    if (others.length > 0) yield others.sort(byTime);
    this.#shownTo = Math.max(this.#shownTo, writtenTo);
    this.#ahead = ahead;
  }

  *#events(reader: StoreReader): Generator<Followed, void, undefined> {
    const { conditions } = this.#options;
    for (;;) {
      const events = reader.eventsAfter(this.#eventId, pageEvents);
      for (const event of events) {
        this.#eventId = event.id;
        if (
          isEcho(event) || concernsRoutes(conditions) ||
          (conditions.peer !== undefined && event.peer !== conditions.peer)
        ) continue;
        yield { kind: "event", at: event.at, event };
      }
      if (events.length < pageEvents) return;
    }
  }

  #gaps(reader: StoreReader, to: Millis): Followed[] {
    return reader.gaps(this.#shownTo + 1, to, this.#options.conditions.peer)
      .filter(({ from }) => Date.parse(from) > this.#shownTo)
      .map((gap) => ({ kind: "gap", at: gap.from, gap }));
  }

  /** A lost session is one line, unless somebody looks for certain routes. */
  #lost(reader: StoreReader, to: Millis, writtenTo: Millis, ahead: Set<string>): Followed[] {
    if (this.#showsLostRoutes) return [];
    return reader.lostRoutes(this.#shownTo, to, this.#options.conditions.peer).filter(({ at, peer, family }) =>
      this.#isNew(`${at} ${peer} ${family}`, Date.parse(at), writtenTo, ahead)
    ).map((lost) => ({ kind: "lost", at: lost.at, lost }));
  }

  get #showsLostRoutes(): boolean {
    return this.#options.best || concernsRoutes(this.#options.conditions);
  }

  *#pages(reader: StoreReader, to: Millis): Generator<readonly Followed[], void, undefined> {
    const { conditions, best } = this.#options;
    const window = (after: ChangeCursor) => ({
      after,
      to,
      limit: pageChanges,
      prefix: exactPrefix(conditions),
      peer: conditions.peer,
      withLostSessions: this.#showsLostRoutes,
    });
    const first = cursorAfter(this.#shownTo);
    if (best) {
      for (const changes of pages(first, (after) => reader.bestChanges(window(after)))) {
        yield changes.filter((change) => matches(conditions, change, change.family))
          .map((change): Followed => ({ kind: "best", at: change.at, change }));
      }
    }
    for (const changes of pages(first, (after) => reader.followed(window(after)))) {
      yield best ? this.#withoutBest(reader, changes) : changes.filter((change) => this.#isWanted(reader, change))
        .map((change): Followed => ({ kind: "route", at: change.at, change }));
    }
  }

  /** An announcement is wanted also if the route that it replaced was: it shows that the route changed. */
  #isWanted(reader: StoreReader, change: FollowedChange): boolean {
    const { conditions } = this.#options;
    if (matches(conditions, change, change.family)) return true;
    if (change.kind === "withdraw" || !concernsAttributes(conditions)) return false;
    const before: RouteAttributes | undefined = reader.replaced(change);
    return before !== undefined && matches(conditions, before, change.family);
  }

  #withoutBest(reader: StoreReader, changes: readonly FollowedChange[]): Followed[] {
    const { conditions } = this.#options;
    const ended = new Map<number, FollowedChange>();
    for (const change of changes) {
      if (change.kind === "withdraw" && matches(conditions, change, change.family)) ended.set(change.prefixId, change);
    }
    return [...ended.values()].filter(({ prefixId }) => !reader.hasBest(prefixId))
      .map((change) => ({ kind: "noBest", at: change.at, change }));
  }

  #unseen(changes: readonly Followed[], writtenTo: Millis, ahead: Set<string>): Followed[] {
    return changes.filter((followed) => this.#isNew(keyOf(followed), timeOf(followed), writtenTo, ahead));
  }

  /** False: an earlier poll has shown it. `ahead`: what the next poll must not show again. */
  #isNew(key: string, at: Millis, writtenTo: Millis, ahead: Set<string>): boolean {
    if (at > writtenTo) ahead.add(key);
    return !this.#ahead.has(key);
  }
}

function* pages<T>(
  first: ChangeCursor,
  read: (after: ChangeCursor) => ChangePage<T>,
): Generator<readonly T[], void, undefined> {
  for (let after: ChangeCursor | undefined = first; after !== undefined;) {
    const page: ChangePage<T> = read(after);
    yield page.changes;
    after = page.next;
  }
}

function byTime(a: Followed, b: Followed): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0;
}

function timeOf(followed: Followed): Millis {
  return followed.kind === "route" || followed.kind === "best" || followed.kind === "noBest"
    ? followed.change.atMs
    : Date.parse(followed.at);
}

function keyOf(followed: Followed): string {
  if (followed.kind === "best") return `best ${followed.change.atMs} ${followed.change.prefixId}`;
  if (followed.kind !== "route" && followed.kind !== "noBest") return "";
  const { atMs, order, peerId, prefixId, pathKey } = followed.change;
  return `${atMs} ${order} ${peerId} ${prefixId} ${pathKey}`;
}
