/**
 * Peers → Adj-RIBs-In: the policies in force, what they mean to each session, and routes that are judged anew because
 * policies changed. That goes page by page between decisions, from the sets as received: no peer is asked for anything.
 */

import { choiceFor, type Policies } from "../../policy/mod.ts";
import type { Negotiated } from "../../session/mod.ts";
import type { FamilyId, PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { AdjRibIn } from "./adj_rib_in.ts";
import { EvaluationCache } from "../attributes/evaluation_cache.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
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
import { Reasons } from "./import/reasons.ts";
import type { ImportPeer } from "./import_peer.ts";

/** Routes that are to be judged anew. */
interface Work {
  readonly family: PeerFamily;
  readonly routes: AdjRibIn;
  page: number;
  /** Only those that were left out for want of room. */
  onlyOverLimit: boolean;
}

export class Imports {
  readonly reasons = new Reasons();
  readonly #tables: ImportTables;
  readonly #longLived: LongLivedSets;
  readonly #sessionClasses = new SessionClasses();
  #policies: Policies | undefined;
  /** Numbers of {@link ImportTerms}; those of policies that hold no longer are never given again. */
  readonly #numbers = new Map<string, number>();
  #lastNumber = 0;
  readonly #waiting: Work[] = [];
  #work: Work | undefined;
  #now = 0;

  constructor(sets: AttributeTable) {
    this.#tables = { sets, answers: new EvaluationCache(sets), reasons: this.reasons, drainMark: new DrainMark() };
    this.#longLived = new LongLivedSets(sets);
  }

  /** Other policies: the rules of every session are to be set again. */
  setPolicies(policies: Policies): void {
    this.#policies = policies;
    this.#numbers.clear();
  }

  /** A session came up, or the peer's routes of an earlier one stay for it. */
  open(family: PeerFamily, peer: ImportPeer, negotiated: Negotiated, self: Self): void {
    const before = family.filter;
    const filter = family.filter = this.#newFilter(family, peer, negotiated, self);
    family.prefixLimiter = undefined;
    family.pathLimiter = undefined;
    this.configure(family, peer);
    // Routes that the last session left were judged by its rules: by another role, say, or as not looked through for loops.
    if (before !== undefined && !filter.evaluatesLike(before)) this.reconsider(family);
  }

  /** The session goes on by other rules: its routes are evaluated again where that may make a difference. */
  renew(family: PeerFamily, peer: ImportPeer, negotiated: Negotiated, self: Self): void {
    const before = family.filter;
    const filter = this.#newFilter(family, peer, negotiated, self);
    if (before === undefined || filter.evaluatesLike(before)) return;
    family.filter = filter;
    this.reconsider(family);
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
   * What the configuration says of the peer now; routes that are here are judged anew where it says otherwise. True where
   * others were left out for a limit that holds no more.
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
    if (isNew || isLimited) this.reconsider(family);
    const hasRoom = this.#limitPaths(family, peer.maxPaths ?? 0);
    return hasRoom ||
      (isLimited && prefixLimiter !== undefined && prefixLimiter.refused > 0 && limit?.action !== "discard");
  }

  /** True where there is room again for paths that were not stored. Those that are here stay. */
  #limitPaths(family: PeerFamily, max: number): boolean {
    const before = family.pathLimiter;
    if (family.routes?.addPath !== true || (before?.max ?? 0) === max) return false;
    family.pathLimiter = max === 0 ? undefined : new PathLimiter(max);
    return before !== undefined && before.refused > 0 && (max === 0 || max > before.max);
  }

  /** The family's routes are to be judged anew, all, or those that were left out for want of room. */
  reconsider(family: PeerFamily, onlyOverLimit = false): void {
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

  /** Judges about `budget` routes anew, and gives how many it was; `settled` hears of each family that is through. */
  step(budget: number, now: number, settled: (family: PeerFamily) => void): number {
    this.#now = now;
    let judged = 0;
    while (judged < budget) {
      const work = this.#waiting[0];
      if (work === undefined) break;
      const { family, routes } = work;
      if (family.routes !== routes || work.page >= routes.pageCount || this.#isDone(work)) {
        this.#waiting.shift();
        if (family.routes === routes) settled(family);
        continue;
      }
      this.#work = work;
      judged += routes.eachRowOn(work.page++, this.#reevaluate, work.onlyOverLimit);
    }
    this.#work = undefined;
    return judged;
  }

  get bytes(): number {
    return this.#tables.answers.bytes;
  }

  #isDone({ family, routes, onlyOverLimit }: Work): boolean {
    return onlyOverLimit && family.prefixLimiter?.hasRoom(routes) !== true;
  }

  readonly #reevaluate = (slot: PrefixSlot, row: number): void => {
    const { family, routes, onlyOverLimit } = this.#work!;
    const { filter, prefixLimiter, rib } = family;
    if (filter === undefined || (onlyOverLimit && routes.ineligibleOf(row) !== Ineligible.maxPrefixes)) return;
    filter.evaluate(routes.receivedOf(row), filter.byPrefix ? rib.classes.of(slot) : 0);
    const reason = rib.prefixes.isMartian(slot) ? Ineligible.martian : filter.ineligible;
    const { sets } = this.#tables;
    const judged = filter.set;
    // Held while another takes its place: nobody else may refer to it.
    sets.retain(judged);
    const isLongLived = family.longLived && routes.isLongLived(row);
    if (isLongLived && this.#isBarred(judged, routes.receivedOf(row))) {
      if (family.withdraw(slot, routes.pathIdOf(row), this.#now, EndedBy.notRefreshed)) rib.touch(slot);
    } else {
      // RFC 9494 §4.2: "attach the LLGR_STALE community to the stale routes being retained".
      const set = isLongLived ? this.#longLived.of(judged) : judged;
      const ineligible = prefixLimiter === undefined ? reason : prefixLimiter.place(routes, row, reason);
      if (routes.revise(slot, row, set, ineligible)) rib.touch(slot);
    }
    sets.release(judged);
  };

  /** RFC 9494 §4.2: with NO_LLGR, "as sent by the peer or as the result of a configured policy", a route is not retained. */
  #isBarred(judged: number, received: SetSlot): boolean {
    const { noLongLived } = this.#tables.sets.keys;
    return noLongLived[judged] !== 0 || noLongLived[received] !== 0;
  }

  #terms(peer: ImportPeer, family: FamilyId, session: ImportSession): ImportTerms {
    const { rules } = session;
    const context = { family, peer: { ...session.peer, groups: peer.groups ?? [] } };
    const choice = choiceFor(peer.import ?? "all", family);
    // RFC 8326 §4 is for eBGP sessions; within an AS nothing is lost where one of them ends.
    const isDrained = peer.gracefulShutdown === true && !session.internal;
    const words = { reason: Ineligible.none, chain: undefined, context, isDrained, texts: [], number: 0 };
    const changes = [rules.changesAnything ? rules.key : "", isDrained ? "drained" : ""];
    if (choice === "none") return { ...words, reason: Ineligible.notImported };
    if (choice === "all") return { ...words, number: changes.join("") === "" ? 0 : this.#number(family, ...changes) };
    const policies = this.#policies;
    // A reload may leave a chain without its policies, until its peer is told of another: nothing passes by accident.
    if (policies === undefined || !choice.every((name) => policies.has(name))) {
      return { ...words, reason: Ineligible.importPolicy };
    }
    const chain = policies.chain(choice);
    const { address, asn, localAsn, groups = [] } = context.peer;
    const whom = chain.usesPeer ? [address, asn, localAsn, ...groups].join(" ") : "";
    const number = this.#number(family, ...changes, JSON.stringify(choice), whom, hopKey(session.self));
    return { ...words, chain, texts: policies.reasons, number };
  }

  /** Above zero, and the same only for the same in this generation of policies. */
  #number(...parts: readonly (string | number)[]): number {
    const key = parts.join("/");
    let number = this.#numbers.get(key);
    if (number === undefined) this.#numbers.set(key, number = ++this.#lastNumber);
    return number;
  }
}
