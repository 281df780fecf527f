/**
 * Evaluates received routes of one session and family before the decision process: first the checks of
 * `eligibility.ts`, then the rules of the session (`import_rules.ts`), then import policy (RFC 4271 §9.1.1), then the
 * mark of a session that is drained (`drain_mark.ts`).
 *
 * The result depends on the attribute set and on the class of the prefix only. Results are stored in columns
 * (`AttributeTable.checkedFor`, `evaluation_cache.ts`), so that a route costs one look-up at most.
 */

import { hashAttributes } from "../../../message/mod.ts";
import { type CompiledChain, type PolicyPeer, routeClass, type RouteContext } from "../../../policy/mod.ts";
import { Avs, avsOf, Ovs, ovsOf } from "../../../rpki/mod.ts";
import type { PrefixSlot, SetSlot } from "../../../types/mod.ts";
import type { EvaluationCache } from "../../attributes/evaluation_cache.ts";
import { type AttributeTable, noSet } from "../../table/attribute_table.ts";
import type { PrefixClassColumn } from "../../table/prefix_class_column.ts";
import type { DrainMark } from "./drain_mark.ts";
import { Ineligible, ineligibleHop, ineligibleReason, type Self } from "./eligibility.ts";
import type { ImportRules } from "./import_rules.ts";
import type { Reasons } from "./reasons.ts";

/** What all import filters share. */
export interface ImportTables {
  readonly sets: AttributeTable;
  readonly answers: EvaluationCache;
  readonly reasons: Reasons;
  readonly drainMark: DrainMark;
}

/** The part of the import filter that depends on the session. */
export interface ImportSession {
  /** The peer that the routes come from. */
  readonly peer: PolicyPeer;
  readonly self: Self;
  /**
   * The class of sessions that share the results of the checks; 0: the results are not shared. See `SessionClasses`.
   */
  readonly sessionClass: number;
  readonly rules: ImportRules;
  /** The peer is in our own AS. */
  readonly internal: boolean;
}

/** The part of the import filter that depends on the configuration. */
export interface ImportTerms {
  /** Above zero: no route of the peer takes part in the decision. */
  readonly reason: Ineligible;
  /** `undefined`: all routes are accepted as the rules of the session change them. */
  readonly chain: CompiledChain | undefined;
  readonly context: RouteContext;
  /** Routes with an invalid origin, or an invalid path, are ineligible. */
  readonly rejectsOrigins: boolean;
  readonly rejectsPaths: boolean;
  /** The session is about to be shut down: its routes are the least preferred. */
  readonly isDrained: boolean;
  /** The reasons of the chain, by number. */
  readonly texts: readonly string[];
  /** Terms have the same number exactly where all their results are the same; 0: sets stay unchanged. */
  readonly number: number;
}

export class ImportFilter {
  readonly session: ImportSession;
  /** The result of the last {@link evaluate}: the effective set, and why it is ineligible, or 0. */
  set: SetSlot = noSet;
  ineligible = 0;
  /** The result depends on the class of the prefix, or on the validity of the route (`policy/route_class.ts`). */
  byPrefix = false;
  byValidity = false;
  /** Routes with some validities are ineligible, whatever policies say. */
  rejects = false;
  readonly #tables: ImportTables;
  #terms: ImportTerms;

  constructor(tables: ImportTables, session: ImportSession, terms: ImportTerms) {
    this.#tables = tables;
    this.session = session;
    this.#terms = terms;
    this.#useTerms(terms);
  }

  /** False: the results stay the same. */
  setTerms(terms: ImportTerms): boolean {
    const { reason, number, rejectsOrigins, rejectsPaths } = this.#terms;
    this.#useTerms(terms);
    return reason !== terms.reason || number !== terms.number || rejectsOrigins !== terms.rejectsOrigins ||
      rejectsPaths !== terms.rejectsPaths;
  }

  #useTerms(terms: ImportTerms): void {
    this.#terms = terms;
    this.byPrefix = terms.chain?.usesPrefix ?? false;
    this.byValidity = terms.chain?.usesValidity ?? false;
    this.rejects = terms.rejectsOrigins || terms.rejectsPaths;
  }

  /** The class of a route to this prefix, as far as the result depends on it. */
  classOf(classes: PrefixClassColumn, slot: PrefixSlot, validity: number): number {
    return routeClass(this.byPrefix ? classes.of(slot) : 0, this.byValidity ? validity : 0);
  }

  /** Why the last evaluated set is ineligible with this validity, or 0. */
  reasonWith(validity: number): number {
    if (this.ineligible !== Ineligible.none || !this.rejects) return this.ineligible;
    const { rejectsOrigins, rejectsPaths } = this.#terms;
    if (rejectsOrigins && ovsOf(validity) === Ovs.invalid) return Ineligible.rpkiInvalid;
    return rejectsPaths && avsOf(validity) === Avs.invalid ? Ineligible.aspaInvalid : Ineligible.none;
  }

  /** True where both filters have the same result for every set. */
  evaluatesLike(other: ImportFilter): boolean {
    const { sessionClass } = this.session;
    const { reason, number } = this.#terms;
    return sessionClass !== 0 && sessionClass === other.session.sessionClass && reason === other.#terms.reason &&
      number === other.#terms.number && this.#terms.rejectsOrigins === other.#terms.rejectsOrigins &&
      this.#terms.rejectsPaths === other.#terms.rejectsPaths;
  }

  /**
   * Evaluates a received set; `ofRoute`: {@link classOf} of the route. Retain the resulting {@link set} before another
   * set is interned.
   */
  evaluate(received: SetSlot, ofRoute: number): void {
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
    // Most sets pass unchanged: a column of the attribute table says so, and the cache is not needed.
    if (ofRoute === 0 && sets.passesFor[received] === number) return;
    if (isNew || !answers.find(received, ofRoute, number)) return this.#evaluate(received, ofRoute);
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

  #evaluate(received: SetSlot, ofRoute: number): void {
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
      const outcome = chain.evaluate(bytes, start, length, ofRoute, context);
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
    if (!isChanged && ineligible === 0 && ofRoute === 0) {
      sets.passesFor[received] = number;
      return;
    }
    this.set = isChanged ? sets.intern(bytes, length, hashAttributes(bytes, 0, length)) : received;
    this.ineligible = ineligible;
    answers.keep(received, ofRoute, number, this.set, ineligible);
  }
}
