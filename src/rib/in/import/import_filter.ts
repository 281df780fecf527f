/**
 * What becomes of a received route on its way into the decision process, for one session and family: first the checks of
 * `eligibility.ts`, then the rules of the session (`import_rules.ts`), then import policy (RFC 4271 §9.1.1), then the mark of
 * a session that is drained (`drain_mark.ts`).
 *
 * None of them depends on more of the prefix than its class, so the question is asked with an attribute set and a class;
 * answers are kept in columns (`AttributeTable.checkedFor`, `evaluation_cache.ts`) and a route costs a look-up at most.
 */

import { hashAttributes } from "../../../message/mod.ts";
import type { CompiledChain, PolicyPeer, RouteContext } from "../../../policy/mod.ts";
import type { SetSlot } from "../../../types/mod.ts";
import type { EvaluationCache } from "../../attributes/evaluation_cache.ts";
import { type AttributeTable, noSet } from "../../table/attribute_table.ts";
import type { DrainMark } from "./drain_mark.ts";
import { Ineligible, ineligibleHop, ineligibleReason, type Self } from "./eligibility.ts";
import type { ImportRules } from "./import_rules.ts";
import type { Reasons } from "./reasons.ts";

/** What all gates share. */
export interface ImportTables {
  readonly sets: AttributeTable;
  readonly answers: EvaluationCache;
  readonly reasons: Reasons;
  readonly drainMark: DrainMark;
}

/** What holds for a session: to be made anew for the next one. */
export interface ImportSession {
  /** Whom the routes are from. */
  readonly peer: PolicyPeer;
  readonly self: Self;
  /** Number of the class of sessions whose verdicts on sets this one shares; 0: none. */
  readonly sessionClass: number;
  readonly rules: ImportRules;
  /** With a peer of our own AS. */
  readonly internal: boolean;
}

/** What the configuration says about the routes of a family. */
export interface ImportTerms {
  /** Above zero: nothing of the peer takes part in the decision. */
  readonly reason: Ineligible;
  /** `undefined`: all routes are accepted, with what the rules of the session make of them. */
  readonly chain: CompiledChain | undefined;
  readonly context: RouteContext;
  /** The session is about to be shut down: its routes are the last choice. */
  readonly isDrained: boolean;
  /** The texts of the chain's reasons. */
  readonly texts: readonly string[];
  /** The same only where all answers are; 0: sets stay as they are. */
  readonly number: number;
}

export class ImportFilter {
  readonly session: ImportSession;
  /** The answer to the last {@link evaluate}: the effective set, and why it is ineligible or 0. */
  set: SetSlot = noSet;
  ineligible = 0;
  /** The class of the prefix matters. */
  byPrefix = false;
  readonly #tables: ImportTables;
  #terms: ImportTerms;

  constructor(tables: ImportTables, session: ImportSession, terms: ImportTerms) {
    this.#tables = tables;
    this.session = session;
    this.#terms = terms;
    this.byPrefix = terms.chain?.usesPrefix ?? false;
  }

  /** False where nothing changes by that. */
  setTerms(terms: ImportTerms): boolean {
    const { reason, number } = this.#terms;
    this.#terms = terms;
    this.byPrefix = terms.chain?.usesPrefix ?? false;
    return reason !== terms.reason || number !== terms.number;
  }

  /** All answers are those of the other one. */
  evaluatesLike(other: ImportFilter): boolean {
    const { sessionClass } = this.session;
    const { reason, number } = this.#terms;
    return sessionClass !== 0 && sessionClass === other.session.sessionClass && reason === other.#terms.reason &&
      number === other.#terms.number;
  }

  /** A set with no reference yet may be the answer: it is to be retained before another one is interned. */
  evaluate(received: SetSlot, prefixClass: number): void {
    const { reason, number } = this.#terms;
    const { sets, answers } = this.#tables;
    // The cache has no answer for a set that is evaluated for the first time.
    const isNew = sets.checkedFor[received] === 0;
    this.set = received;
    this.ineligible = this.#checked(received);
    if (this.ineligible !== Ineligible.none) return;
    if (number === 0) {
      this.ineligible = reason;
      return;
    }
    // What most sets do is written in four octets beside them, not in the cache.
    if (prefixClass === 0 && sets.passesFor[received] === number) return;
    if (isNew || !answers.find(received, prefixClass, number)) return this.#evaluate(received, prefixClass);
    this.set = answers.set;
    this.ineligible = answers.reason;
  }

  #checked(set: SetSlot): number {
    const { sets } = this.#tables;
    const { sessionClass, self } = this.session;
    if (sessionClass !== 0 && sets.checkedFor[set] === sessionClass) return sets.ineligible[set]!;
    const reason = ineligibleReason(sets.chunk(set), sets.offset(set), sets.length(set), self);
    sets.checkedFor[set] = sessionClass;
    sets.ineligible[set] = reason;
    return reason;
  }

  #evaluate(received: SetSlot, prefixClass: number): void {
    const { sets, answers, reasons, drainMark } = this.#tables;
    const { chain, context, isDrained, texts, number } = this.#terms;
    let bytes = sets.chunk(received);
    let start = sets.offset(received);
    let length = sets.length(received);
    let ineligible = 0;
    let isChanged = false;
    const { rules } = this.session;
    const ruled = rules.changesAnything ? rules.apply(bytes, start, length, context.family) : undefined;
    if (ruled !== undefined) {
      bytes = ruled.bytes;
      start = 0;
      length = ruled.length;
      isChanged = true;
    }
    if (chain !== undefined) {
      const outcome = chain.evaluate(bytes, start, length, prefixClass, context);
      if (!outcome.accepted) {
        ineligible = reasons.numberOf(texts[outcome.reason]!);
        isChanged = false;
      } else if (outcome.changed) {
        bytes = outcome.bytes;
        start = 0;
        length = outcome.length;
        isChanged = true;
        ineligible = ineligibleHop(bytes, length, this.session.self);
      }
    }
    if (isDrained && ineligible === 0) {
      ({ bytes, length } = drainMark.apply(bytes, start, length));
      isChanged = true;
    }
    if (!isChanged && ineligible === 0 && prefixClass === 0) {
      sets.passesFor[received] = number;
      return;
    }
    this.set = isChanged ? sets.intern(bytes, length, hashAttributes(bytes, 0, length)) : received;
    this.ineligible = ineligible;
    answers.keep(received, prefixClass, number, this.set, ineligible);
  }
}
