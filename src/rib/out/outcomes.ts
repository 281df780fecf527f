/**
 * What became of all routes of this speaker (see outcome.ts), for the database: worked out in slices when it asks, and
 * told only where it is another than the last time.
 *
 * Routes with the same answers share one *outcome*, which names the peers: 100,000 routes and 100 peers are 100,000
 * numbers and a few outcomes. When a session comes up or goes, the outcomes change and hardly a route does: an outcome
 * whose routes all have the same new answers keeps its number.
 */

import type { Millis } from "../../session/mod.ts";
import type { Origination } from "./originate.ts";
import {
  AnswerWords,
  Audience,
  type Finding,
  type OriginatedFor,
  type Outcome,
  outcomeOf,
  type OutcomePeer,
  type OutcomeSummary,
  summaryOf,
} from "./outcome.ts";

/** What the database is to hear. */
export interface OutcomeChanges {
  /** Outcomes that are new, or others than before under their number. */
  readonly outcomes: readonly (Outcome & { readonly id: number })[];
  /** Keys of {@link Origination}s, and the outcome of each. */
  readonly keys: readonly string[];
  readonly ids: readonly number[];
  /** Numbers that nothing refers to any more. */
  readonly gone: readonly number[];
  /** There is more to hear at once. */
  readonly more: boolean;
}

/** Looks between two at the clock. */
const looksAtOnce = 16;
/** Rows in one answer, and peers named in it, about. */
const rowsAtOnce = 2_000;
const peersAtOnce = 20_000;
/** Peers named in all outcomes together; beyond it those that come only count. */
const mostNamed = 200_000;
/** Where routes wait they are looked at again after so long, and after so many times the time that a look took. */
const restMs: Millis = 200;
const restTimes = 10;

interface Kept {
  readonly id: number;
  text: string;
  waits: boolean;
  outcome: Outcome;
  rows: number;
}

interface Row {
  readonly origination: Origination;
  kept: Kept | undefined;
}

export class Outcomes {
  readonly #peers: ReadonlyMap<number, OutcomePeer>;
  readonly #monotonic: () => Millis;
  readonly #words = new AnswerWords();
  readonly #rows = new Map<string, Row>();
  /** Not looked at since they came; and those that wait for something. */
  readonly #fresh = new Set<Row>();
  readonly #waiting = new Set<Row>();
  /** All of them are to be looked at. */
  #allStale = false;
  /** The look that is under way: rows yet to be looked at. */
  #pass: Row[] = [];
  #passAt = 0;
  #passMs: Millis = 0;
  #restUntil: Millis = -Infinity;
  /** Outcomes with the answers that the look under way has found. */
  readonly #byText = new Map<string, Kept>();
  readonly #kept = new Set<Kept>();
  #lastId = 0;
  #named = 0;
  /** For the database. */
  readonly #changedOutcomes = new Set<Kept>();
  readonly #changedRows = new Set<Row>();
  #gone: number[] = [];

  constructor(peers: ReadonlyMap<number, OutcomePeer>, monotonic: () => Millis) {
    this.#peers = peers;
    this.#monotonic = monotonic;
  }

  originate(list: readonly Origination[]): void {
    for (const origination of list) {
      this.#forget(origination.key);
      const row = { origination, kept: undefined };
      this.#rows.set(origination.key, row);
      this.#fresh.add(row);
    }
  }

  unoriginate(keys: readonly string[]): void {
    for (const key of keys) this.#forget(key);
  }

  /** Sessions, policies or groups are others now. */
  sessionsChanged(): void {
    this.#allStale = true;
  }

  /** The database has none of it. */
  storeLost(): void {
    this.#gone = [];
    for (const kept of this.#kept) this.#changedOutcomes.add(kept);
    for (const row of this.#rows.values()) if (row.kept !== undefined) this.#changedRows.add(row);
  }

  /** As it is when it is asked for; of each `most` peers are named that do not have it. */
  find(list: readonly OriginatedFor[], most: number): OutcomeSummary[] {
    const audience = new Audience(this.#peers, this.#words, this.#monotonic());
    const found = new Map<string, OutcomeSummary>();
    return list.map((each) => {
      const { text, peers } = audience.find(each);
      let summary = found.get(text);
      if (summary === undefined) found.set(text, summary = summaryOf(outcomeOf(peers()), most));
      return summary;
    });
  }

  /** Looks for changes, for about `budgetMs`, and gives what the database is to hear of them. */
  take(budgetMs: Millis): OutcomeChanges {
    const began = this.#monotonic();
    if (this.#passAt === this.#pass.length) this.#begin(began);
    if (this.#passAt < this.#pass.length) {
      this.#look(began, budgetMs);
      if (this.#passAt < this.#pass.length) return { outcomes: [], keys: [], ids: [], gone: [], more: true };
    }
    return this.#tell();
  }

  #begin(now: Millis): void {
    const isDue = now >= this.#restUntil;
    if (this.#allStale && isDue) {
      this.#allStale = false;
      this.#pass = [...this.#rows.values()];
      this.#byText.clear();
      for (const kept of this.#kept) {
        // Who has no session, or not the family, is not in its text.
        this.#changedOutcomes.add(kept);
        kept.text = "";
      }
    } else {
      this.#pass = [...this.#fresh, ...isDue ? this.#waiting : []];
      if (isDue && this.#waiting.size > 0) {
        for (const kept of this.#kept) if (kept.waits) this.#byText.delete(kept.text);
      }
    }
    this.#passAt = 0;
    this.#passMs = 0;
    if (this.#pass.length === 0) return;
    this.#fresh.clear();
    if (isDue) this.#waiting.clear();
  }

  #look(began: Millis, budgetMs: Millis): void {
    const audience = new Audience(this.#peers, this.#words, began);
    let now = began;
    while (this.#passAt < this.#pass.length && now - began < budgetMs) {
      const end = Math.min(this.#passAt + looksAtOnce, this.#pass.length);
      while (this.#passAt < end) this.#lookAt(this.#pass[this.#passAt++]!, audience);
      now = this.#monotonic();
    }
    this.#passMs += now - began;
    if (this.#passAt < this.#pass.length) return;
    this.#pass = [];
    this.#passAt = 0;
    this.#restUntil = now + Math.max(restMs, restTimes * this.#passMs);
    for (const kept of this.#kept) if (kept.rows === 0) this.#drop(kept);
  }

  #lookAt(row: Row, audience: Audience): void {
    // It may have gone meanwhile.
    if (this.#rows.get(row.origination.key) !== row) return;
    const finding = audience.find(row.origination);
    if (finding.waits) this.#waiting.add(row);
    const before = row.kept;
    let kept = this.#byText.get(finding.text);
    if (kept === undefined) {
      const isFree = before !== undefined && this.#byText.get(before.text) !== before;
      kept = isFree ? before : this.#keep();
      this.#define(kept, finding);
    }
    if (kept === before) return;
    if (before !== undefined) before.rows--;
    kept.rows++;
    row.kept = kept;
    this.#changedRows.add(row);
  }

  #keep(): Kept {
    const outcome: Outcome = { state: "pending", sentTo: 0, peers: [] };
    const kept: Kept = { id: ++this.#lastId, text: "", waits: false, outcome, rows: 0 };
    this.#kept.add(kept);
    return kept;
  }

  #define(kept: Kept, { text, waits, peers }: Finding): void {
    this.#byText.set(text, kept);
    if (kept.text === text) return;
    this.#named -= kept.outcome.peers.length;
    const outcome = outcomeOf(peers());
    const tooMany = this.#named + outcome.peers.length > mostNamed;
    kept.text = text;
    kept.waits = waits;
    kept.outcome = tooMany ? { ...outcome, peers: [] } : outcome;
    this.#named += kept.outcome.peers.length;
    this.#changedOutcomes.add(kept);
  }

  #forget(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    this.#fresh.delete(row);
    this.#waiting.delete(row);
    this.#changedRows.delete(row);
    const { kept } = row;
    if (kept === undefined) return;
    // One that a look may yet give to others goes when that is through.
    if (--kept.rows === 0 && this.#pass.length === 0) this.#drop(kept);
  }

  #drop(kept: Kept): void {
    if (this.#byText.get(kept.text) === kept) this.#byText.delete(kept.text);
    this.#named -= kept.outcome.peers.length;
    this.#kept.delete(kept);
    this.#changedOutcomes.delete(kept);
    this.#gone.push(kept.id);
  }

  #tell(): OutcomeChanges {
    const outcomes: (Outcome & { id: number })[] = [];
    for (let named = 0; named < peersAtOnce && this.#changedOutcomes.size > 0;) {
      const [kept] = this.#changedOutcomes;
      this.#changedOutcomes.delete(kept!);
      named += 1 + kept!.outcome.peers.length;
      outcomes.push({ id: kept!.id, ...kept!.outcome });
    }
    const keys: string[] = [];
    const ids: number[] = [];
    // A row refers to what the database knows.
    for (const row of this.#changedOutcomes.size === 0 ? this.#changedRows : []) {
      this.#changedRows.delete(row);
      keys.push(row.origination.key);
      ids.push(row.kept!.id);
      if (keys.length === rowsAtOnce) break;
    }
    const isAll = this.#changedOutcomes.size === 0 && this.#changedRows.size === 0;
    const gone = isAll ? this.#gone.splice(0) : [];
    return { outcomes, keys, ids, gone, more: !isAll };
  }
}
