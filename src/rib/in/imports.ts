/**
 * Peers → Adj-RIBs-In: makes the import filter and the limits of each session, and re-evaluates routes after a change
 * of policies or rules. Re-evaluation goes page by page between decisions. It starts from the sets as received, so that
 * no peer has to send its routes again.
 */

import { choiceFor, type Policies } from "../../policy/mod.ts";
import { pathDirection } from "../../rpki/mod.ts";
import type { Negotiated } from "../../session/mod.ts";
import type { FamilyId, PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { AdjRibIn } from "./adj_rib_in.ts";
import { EvaluationCache } from "../attributes/evaluation_cache.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { PrefixTable } from "../table/prefix_table.ts";
import { DrainMark } from "./import/drain_mark.ts";
import { hopKey, Ineligible, type Self, SessionClasses } from "./import/eligibility.ts";
import { ImportRules } from "./import/import_rules.ts";
import { hasRoles } from "../attributes/roles.ts";
import { EndedBy } from "../history/history_ring.ts";
import { ImportFilter, type ImportSession, type ImportTables, type ImportTerms } from "./import/import_filter.ts";
import { LongLivedSets } from "./import/long_lived.ts";
import type { PeerFamily } from "./peer_family.ts";
import { PathLimiter } from "./path_limit.ts";
import { isSameLimit, PrefixLimiter } from "./prefix_limit.ts";
import type { Validation, ValidationTerms } from "./validation.ts";
import { Reasons } from "./import/reasons.ts";
import type { ImportPeer } from "./import_peer.ts";

/** Routes that wait for their re-evaluation. */
interface Work {
  readonly family: PeerFamily;
  readonly routes: AdjRibIn;
  page: number;
  /** Only routes above the prefix limit. */
  onlyOverLimit: boolean;
}

export class Imports {
  readonly reasons = new Reasons();
  readonly #tables: ImportTables;
  readonly #longLived: LongLivedSets;
  readonly #sessionClasses = new SessionClasses();
  #policies: Policies | undefined;
  /** The number of each {@link ImportTerms}, by everything that the answers depend on. Numbers are never reused. */
  readonly #numbers = new Map<string, number>();
  #lastNumber = 0;
  readonly #waiting: Work[] = [];
  #work: Work | undefined;
  #now = 0;

  readonly #validation: Validation;

  constructor(sets: AttributeTable, validation: Validation) {
    this.#validation = validation;
    this.#tables = { sets, answers: new EvaluationCache(sets), reasons: this.reasons, drainMark: new DrainMark() };
    this.#longLived = new LongLivedSets(sets);
  }

  /** Other policies are in force. The caller configures each session again. */
  setPolicies(policies: Policies): void {
    this.#policies = policies;
    this.#numbers.clear();
  }

  /** A session came up. The Adj-RIB-In may have routes of an earlier session. */
  open(family: PeerFamily, peer: ImportPeer, negotiated: Negotiated, self: Self): void {
    const before = family.filter;
    const filter = family.filter = this.#newFilter(family, peer, negotiated, self);
    const otherTerms = this.#useValidation(family, peer, negotiated);
    family.prefixLimiter = undefined;
    family.pathLimiter = undefined;
    this.configure(family, peer);
    // Routes of the last session were evaluated by its rules: another role, for example, or other ASNs of ours.
    if (before !== undefined && (otherTerms || !filter.evaluatesLike(before))) this.reevaluate(family);
  }

  /** The session goes on under other rules. Its routes are re-evaluated where that can make a difference. */
  renew(family: PeerFamily, peer: ImportPeer, negotiated: Negotiated, self: Self): void {
    const before = family.filter;
    const filter = this.#newFilter(family, peer, negotiated, self);
    if (this.#useValidation(family, peer, negotiated)) this.reevaluate(family);
    if (before === undefined || filter.evaluatesLike(before)) return;
    family.filter = filter;
    this.reevaluate(family);
  }

  /** Says how routes of the session are validated. True: in another way than before. */
  #useValidation(family: PeerFamily, peer: ImportPeer, negotiated: Negotiated): boolean {
    const before = family.validationTerms;
    const terms = validationTerms(peer, negotiated);
    family.validationTerms = terms;
    return before !== undefined && (before.localAsn !== terms.localAsn || before.direction !== terms.direction ||
      before.neighborAsn !== terms.neighborAsn || before.heedsCommunity !== terms.heedsCommunity);
  }

  #newFilter({ family: id }: PeerFamily, peer: ImportPeer, negotiated: Negotiated, self: Self): ImportFilter {
    const { address, groups = [], prependsIn } = peer;
    const towards = hasRoles(id) ? self : { ...self, role: undefined };
    const session: ImportSession = {
      peer: { address, asn: negotiated.remoteAsn, localAsn: negotiated.localAsn, groups },
      self: towards,
      sessionClass: this.#sessionClasses.classOf(negotiated, towards),
      rules: new ImportRules(negotiated, prependsIn ?? false),
      internal: negotiated.internal,
    };
    return new ImportFilter(this.#tables, session, this.#terms(peer, id, session));
  }

  /**
   * Applies the configuration of the peer and re-evaluates its routes where the configuration changed. True: routes
   * were refused for a limit that is higher now, and the peer should be asked for them.
   */
  configure(family: PeerFamily, peer: ImportPeer): boolean {
    const { filter, prefixLimiter } = family;
    if (filter === undefined) return false;
    const isNew = filter.setTerms(this.#terms(peer, family.family, filter.session));
    const limit = peer.maxPrefixes?.[family.family];
    const isLimited = !isSameLimit(prefixLimiter?.limit, limit);
    if (isLimited) {
      family.prefixLimiter = limit === undefined
        ? undefined
        : new PrefixLimiter(family.family, limit, prefixLimiter?.refused);
    }
    if (isNew || isLimited) this.reevaluate(family);
    const hasRoom = this.#limitPaths(family, peer.maxPaths ?? 0);
    return hasRoom ||
      (isLimited && prefixLimiter !== undefined && prefixLimiter.refused > 0 && limit?.action !== "discard");
  }

  /** Sets the limit of paths per prefix. True: there is room for paths that were refused. Stored paths stay. */
  #limitPaths(family: PeerFamily, max: number): boolean {
    const before = family.pathLimiter;
    if (family.routes?.addPath !== true || (before?.max ?? 0) === max) return false;
    family.pathLimiter = max === 0 ? undefined : new PathLimiter(max);
    return before !== undefined && before.refused > 0 && (max === 0 || max > before.max);
  }

  /** All routes of the family wait for their re-evaluation from now on. */
  reevaluate(family: PeerFamily): void {
    this.#enqueue(family, false);
  }

  /** Routes above the prefix limit wait for their re-evaluation from now on: there is room for them. */
  readmit(family: PeerFamily): void {
    this.#enqueue(family, true);
  }

  /** Re-evaluates a route, whose validity changed. */
  recheckRow(family: PeerFamily, slot: PrefixSlot, row: number, now: number): void {
    const { routes, filter } = family;
    if (routes === undefined || filter === undefined || !(filter.byValidity || filter.rejects)) return;
    this.#now = now;
    const before = this.#work;
    this.#work = { family, routes, page: 0, onlyOverLimit: false };
    this.#reevaluateRow(slot, row);
    this.#work = before;
  }

  /** Re-evaluates the routes to these destinations now. */
  recheck(family: PeerFamily, slots: readonly PrefixSlot[], now: number): void {
    const { routes } = family;
    if (routes === undefined) return;
    this.#now = now;
    this.#work = { family, routes, page: 0, onlyOverLimit: false };
    for (const slot of slots) {
      for (let row = routes.first(slot), next; row !== -1; row = next) {
        next = routes.next(row);
        this.#reevaluateRow(slot, row);
      }
    }
    this.#work = undefined;
  }

  #enqueue(family: PeerFamily, onlyOverLimit: boolean): void {
    const { routes } = family;
    if (routes === undefined || routes.count === 0) return;
    const known = this.#waiting.find((work) => work.routes === routes);
    if (known === undefined) {
      this.#waiting.push({ family, routes, page: 0, onlyOverLimit });
    } else if (!onlyOverLimit || known.onlyOverLimit) {
      known.page = 0;
      known.onlyOverLimit &&= onlyOverLimit;
    }
  }

  get pending(): boolean {
    return this.#waiting.length > 0;
  }

  /**
   * Re-evaluates about `budget` routes and returns how many it was. Calls `settled` with each family whose routes are
   * all re-evaluated.
   */
  step(budget: number, now: number, settled: (family: PeerFamily) => void): number {
    this.#now = now;
    let count = 0;
    while (count < budget) {
      const work = this.#waiting[0];
      if (work === undefined) break;
      const { family, routes } = work;
      if (family.routes !== routes || work.page >= routes.pageCount || this.#isDone(work)) {
        this.#waiting.shift();
        if (family.routes === routes) settled(family);
        continue;
      }
      this.#work = work;
      count += routes.eachRowOn(work.page++, this.#reevaluateRow, work.onlyOverLimit);
    }
    this.#work = undefined;
    return count;
  }

  get bytes(): number {
    return this.#tables.answers.bytes;
  }

  #isDone({ family, routes, onlyOverLimit }: Work): boolean {
    return onlyOverLimit && family.prefixLimiter?.hasRoom(routes) !== true;
  }

  readonly #reevaluateRow = (slot: PrefixSlot, row: number): void => {
    const { family, routes, onlyOverLimit } = this.#work!;
    const { filter, prefixLimiter, rib } = family;
    if (filter === undefined || (onlyOverLimit && routes.ineligibleOf(row) !== Ineligible.maxPrefixes)) return;
    const { destinations } = rib;
    const received = routes.receivedOf(row);
    const { validationTerms } = family;
    const validity = validationTerms === undefined
      ? 0
      : this.#validation.of(destinations, slot, received, validationTerms);
    routes.setValidity(slot, row, validity);
    filter.evaluate(received, filter.classOf(rib.classes, slot, validity));
    const isMartian = destinations instanceof PrefixTable && destinations.isMartian(slot);
    let reason = isMartian ? Ineligible.martian : filter.reasonWith(validity);
    if (reason === Ineligible.none && family.check !== undefined) {
      reason = family.check.reasonAt(slot, routes.receivedOf(row), routes.source);
    }
    const { sets } = this.#tables;
    const evaluated = filter.set;
    // No route may refer to the set yet: it is retained while another set takes its place.
    sets.retain(evaluated);
    const isLongLived = family.longLived && routes.isLongLived(row);
    if (isLongLived && this.#isBarred(evaluated, routes.receivedOf(row))) {
      if (family.withdraw(slot, routes.pathIdOf(row), this.#now, EndedBy.notRefreshed)) rib.touch(slot);
    } else {
      // RFC 9494 §4.2: "attach the LLGR_STALE community to the stale routes being retained".
      const set = isLongLived ? this.#longLived.of(evaluated) : evaluated;
      const ineligible = prefixLimiter === undefined ? reason : prefixLimiter.place(routes, row, reason);
      if (routes.revise(slot, row, set, ineligible)) rib.touch(slot);
    }
    sets.release(evaluated);
  };

  /**
   * RFC 9494 §4.2: with NO_LLGR, "as sent by the peer or as the result of a configured policy", a route is not
   * retained.
   */
  #isBarred(evaluated: SetSlot, received: SetSlot): boolean {
    const { noLongLived } = this.#tables.sets.keys;
    return noLongLived[evaluated] !== 0 || noLongLived[received] !== 0;
  }

  #terms(peer: ImportPeer, family: FamilyId, session: ImportSession): ImportTerms {
    const { rules } = session;
    const context = { family, peer: { ...session.peer, groups: peer.groups ?? [] } };
    const choice = choiceFor(peer.import ?? "all", family);
    // RFC 8326 §4 is for eBGP sessions: within an AS no traffic is lost when a session ends.
    const isDrained = peer.gracefulShutdown === true && !session.internal;
    const rejectsOrigins = peer.rejectsInvalidOrigins === true;
    const rejectsPaths = peer.rejectsInvalidPaths === true;
    const validity = { rejectsOrigins, rejectsPaths };
    const terms = { reason: Ineligible.none, chain: undefined, context, ...validity, isDrained, texts: [], number: 0 };
    const changes = [rules.changesAnything ? rules.key : "", isDrained ? "drained" : ""];
    if (choice === "none") return { ...terms, reason: Ineligible.notImported };
    if (choice === "all") return { ...terms, number: changes.join("") === "" ? 0 : this.#number(family, ...changes) };
    const policies = this.#policies;
    // During a reload a chain may name policies that are gone. It accepts nothing then.
    if (policies === undefined || !choice.every((name) => policies.has(name))) {
      return { ...terms, reason: Ineligible.importPolicy };
    }
    const chain = policies.chain(choice);
    const { address, asn, localAsn, groups = [] } = context.peer;
    const peerKey = chain.usesPeer ? [address, asn, localAsn, ...groups].join(" ") : "";
    const number = this.#number(family, ...changes, JSON.stringify(choice), peerKey, hopKey(session.self));
    return { ...terms, chain, texts: policies.reasons, number };
  }

  /** The number of these parts, above zero. Under other policies the same parts get another number. */
  #number(...parts: readonly (string | number)[]): number {
    const key = parts.join("/");
    let number = this.#numbers.get(key);
    if (number === undefined) this.#numbers.set(key, number = ++this.#lastNumber);
    return number;
  }
}

/** Only what goes to eBGP peers outside of our confederation is verified by ASPAs (§6.2 of the draft). */
function validationTerms(peer: ImportPeer, negotiated: Negotiated): ValidationTerms {
  const { internal, confederation, role, localAsn, remoteAsn } = negotiated;
  const isExternal = !internal && confederation !== true;
  return {
    localAsn,
    direction: isExternal ? pathDirection(role) : undefined,
    // A route server adds no AS of its own.
    neighborAsn: role === "rs-client" ? 0 : remoteAsn,
    heedsCommunity: internal && peer.acceptsOriginStates === true,
  };
}
