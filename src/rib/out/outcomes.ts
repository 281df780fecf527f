/**
 * The outcomes of all routes that this speaker originates (`outcome.ts`), for the database: evaluated in slices when
 * the store asks, and handed over only where they changed.
 *
 * Routes with the same answers share one *outcome*, which names the peers: 100,000 routes and 100 peers are 100,000
 * numbers and a few outcomes. When a session comes up or ends, the outcomes change and hardly a route does: an outcome
 * whose routes all have the same new answers keeps its number.
 */

import type { Millis } from "../../types/mod.ts";
import type { Origination } from "./originate.ts";
import {
  AnswerCodes,
  type Finding,
  type OriginatedFor,
  type Outcome,
  OutcomeFinder,
  outcomeOf,
  type OutcomePeer,
  type OutcomeSummary,
  summaryOf,
} from "./outcome.ts";

/** Changes for the database. */
export interface OutcomeChanges {
  /** Outcomes that are new, or that changed under their number. */
  readonly outcomes: readonly (Outcome & { readonly id: number })[];
  /** Keys of {@link Origination}s, and the outcome of each. */
  readonly keys: readonly string[];
  readonly ids: readonly number[];
  /** Numbers that nothing refers to now. */
  readonly gone: readonly number[];
  /** More changes are ready. */
  readonly more: boolean;
}

/** How many rows are evaluated between two looks at the clock. */
const rowsBetweenClocks = 16;
/** How many rows, and about how many peer names, one answer has. */
const rowsAtOnce = 2_000;
const peersAtOnce = 20_000;
/** How many peers all outcomes together name. Outcomes above that only count. */
const mostPeersNamed = 200_000;
/** Waiting routes are evaluated again after this time, and after this many times the duration of the last round. */
const restMs: Millis = 200;
const restTimes = 10;

interface SharedOutcome {
  readonly id: number;
  text: string;
  waits: boolean;
  outcome: Outcome;
  rows: number;
}

interface OriginationState {
  readonly origination: Origination;
  shared: SharedOutcome | undefined;
}

export class Outcomes {
  readonly #peers: ReadonlyMap<number, OutcomePeer>;
  readonly #monotonic: () => Millis;
  readonly #codes = new AnswerCodes();
  readonly #rows = new Map<string, OriginationState>();
  /** Routes that were not evaluated yet, and routes that wait for something. */
  readonly #new = new Set<OriginationState>();
  readonly #waiting = new Set<OriginationState>();
  /** All routes are due. */
  #allDue = false;
  /** The round under way: the rows to evaluate, and how many are done. */
  #round: OriginationState[] = [];
  #roundAt = 0;
  #roundMs: Millis = 0;
  #restUntil: Millis = -Infinity;
  /** The outcomes that the round under way has found, by text. */
  readonly #byText = new Map<string, SharedOutcome>();
  readonly #shared = new Set<SharedOutcome>();
  #lastId = 0;
  #named = 0;
  /** For the database. */
  readonly #changedOutcomes = new Set<SharedOutcome>();
  readonly #changedRows = new Set<OriginationState>();
  #gone: number[] = [];

  constructor(peers: ReadonlyMap<number, OutcomePeer>, monotonic: () => Millis) {
    this.#peers = peers;
    this.#monotonic = monotonic;
  }

  originate(list: readonly Origination[]): void {
    for (const origination of list) {
      this.#forget(origination.key);
      const row = { origination, shared: undefined };
      this.#rows.set(origination.key, row);
      this.#new.add(row);
    }
  }

  unoriginate(keys: readonly string[]): void {
    for (const key of keys) this.#forget(key);
  }

  /** Sessions, policies or groups changed. */
  sessionsChanged(): void {
    this.#allDue = true;
  }

  /** The database is empty. */
  storeLost(): void {
    this.#gone = [];
    for (const shared of this.#shared) this.#changedOutcomes.add(shared);
    for (const row of this.#rows.values()) if (row.shared !== undefined) this.#changedRows.add(row);
  }

  /** The outcomes as they are now. For each, at most `most` peers without the route are named. */
  find(list: readonly OriginatedFor[], most: number): OutcomeSummary[] {
    const finder = new OutcomeFinder(this.#peers, this.#codes, this.#monotonic());
    const found = new Map<string, OutcomeSummary>();
    return list.map((each) => {
      const { text, peers } = finder.find(each);
      let summary = found.get(text);
      if (summary === undefined) found.set(text, summary = summaryOf(outcomeOf(peers()), most));
      return summary;
    });
  }

  /** Evaluates routes for about `budgetMs`, and returns the changes for the database. */
  take(budgetMs: Millis): OutcomeChanges {
    const began = this.#monotonic();
    if (this.#roundAt === this.#round.length) this.#begin(began);
    if (this.#roundAt < this.#round.length) {
      this.#evaluate(began, budgetMs);
      if (this.#roundAt < this.#round.length) return { outcomes: [], keys: [], ids: [], gone: [], more: true };
    }
    return this.#takeChanges();
  }

  #begin(now: Millis): void {
    const isDue = now >= this.#restUntil;
    if (this.#allDue && isDue) {
      this.#allDue = false;
      this.#round = [...this.#rows.values()];
      this.#byText.clear();
      for (const shared of this.#shared) {
        // Peers without a session or without the family are not part of the text.
        this.#changedOutcomes.add(shared);
        shared.text = "";
      }
    } else {
      this.#round = [...this.#new, ...isDue ? this.#waiting : []];
      if (isDue && this.#waiting.size > 0) {
        for (const shared of this.#shared) if (shared.waits) this.#byText.delete(shared.text);
      }
    }
    this.#roundAt = 0;
    this.#roundMs = 0;
    if (this.#round.length === 0) return;
    this.#new.clear();
    if (isDue) this.#waiting.clear();
  }

  #evaluate(began: Millis, budgetMs: Millis): void {
    const finder = new OutcomeFinder(this.#peers, this.#codes, began);
    let now = began;
    while (this.#roundAt < this.#round.length && now - began < budgetMs) {
      const end = Math.min(this.#roundAt + rowsBetweenClocks, this.#round.length);
      while (this.#roundAt < end) this.#evaluateRow(this.#round[this.#roundAt++]!, finder);
      now = this.#monotonic();
    }
    this.#roundMs += now - began;
    if (this.#roundAt < this.#round.length) return;
    this.#round = [];
    this.#roundAt = 0;
    this.#restUntil = now + Math.max(restMs, restTimes * this.#roundMs);
    for (const shared of this.#shared) if (shared.rows === 0) this.#drop(shared);
  }

  #evaluateRow(row: OriginationState, finder: OutcomeFinder): void {
    // The route may be withdrawn by now.
    if (this.#rows.get(row.origination.key) !== row) return;
    const finding = finder.find(row.origination);
    if (finding.waits) this.#waiting.add(row);
    const before = row.shared;
    let shared = this.#byText.get(finding.text);
    if (shared === undefined) {
      const isReusable = before !== undefined && this.#byText.get(before.text) !== before;
      shared = isReusable ? before : this.#create();
      this.#define(shared, finding);
    }
    if (shared === before) return;
    if (before !== undefined) before.rows--;
    shared.rows++;
    row.shared = shared;
    this.#changedRows.add(row);
  }

  #create(): SharedOutcome {
    const outcome: Outcome = { state: "pending", sentTo: 0, peers: [] };
    const shared: SharedOutcome = { id: ++this.#lastId, text: "", waits: false, outcome, rows: 0 };
    this.#shared.add(shared);
    return shared;
  }

  #define(shared: SharedOutcome, { text, waits, peers }: Finding): void {
    this.#byText.set(text, shared);
    if (shared.text === text) return;
    this.#named -= shared.outcome.peers.length;
    const outcome = outcomeOf(peers());
    const tooMany = this.#named + outcome.peers.length > mostPeersNamed;
    shared.text = text;
    shared.waits = waits;
    shared.outcome = tooMany ? { ...outcome, peers: [] } : outcome;
    this.#named += shared.outcome.peers.length;
    this.#changedOutcomes.add(shared);
  }

  #forget(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    this.#new.delete(row);
    this.#waiting.delete(row);
    this.#changedRows.delete(row);
    const { shared } = row;
    if (shared === undefined) return;
    // During a round other routes may still get this outcome: the end of the round drops it.
    if (--shared.rows === 0 && this.#round.length === 0) this.#drop(shared);
  }

  #drop(shared: SharedOutcome): void {
    if (this.#byText.get(shared.text) === shared) this.#byText.delete(shared.text);
    this.#named -= shared.outcome.peers.length;
    this.#shared.delete(shared);
    this.#changedOutcomes.delete(shared);
    this.#gone.push(shared.id);
  }

  #takeChanges(): OutcomeChanges {
    const outcomes: (Outcome & { id: number })[] = [];
    for (let named = 0; named < peersAtOnce && this.#changedOutcomes.size > 0;) {
      const [shared] = this.#changedOutcomes;
      this.#changedOutcomes.delete(shared!);
      named += 1 + shared!.outcome.peers.length;
      outcomes.push({ id: shared!.id, ...shared!.outcome });
    }
    const keys: string[] = [];
    const ids: number[] = [];
    // The database must have an outcome before a row refers to it.
    for (const row of this.#changedOutcomes.size === 0 ? this.#changedRows : []) {
      this.#changedRows.delete(row);
      keys.push(row.origination.key);
      ids.push(row.shared!.id);
      if (keys.length === rowsAtOnce) break;
    }
    const isAll = this.#changedOutcomes.size === 0 && this.#changedRows.size === 0;
    const gone = isAll ? this.#gone.splice(0) : [];
    return { outcomes, keys, ids, gone, more: !isAll };
  }
}
