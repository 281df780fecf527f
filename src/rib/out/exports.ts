/**
 * Loc-RIB → Adj-RIBs-Out: which peers share an update group, and what a decision means to each group.
 *
 * Peers are told the same where the rules of export and the form of messages are the same: the key of a group lists all
 * that either depends on.
 *
 * One file because the key of a group and what is made from it have to name the same things.
 */

import { carriesAigp } from "../../message/mod.ts";
import type { Negotiated } from "../../session/mod.ts";
import {
  type Choice,
  choiceFor,
  compilePolicies,
  emptyBook,
  type ExportWord,
  type Policies,
  type PolicyChain,
  type PolicyPeer,
} from "../../policy/mod.ts";
import { type ByFamily, type FamilyId, formatPrefix, limits, maskHas, maskIds } from "../../types/mod.ts";
import { AdjRibOut } from "./adj_rib_out.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { ClientSelection } from "./client_selection.ts";
import type { Decision } from "../decide/decision.ts";
import { type ExportPolicy, ourselves, type SessionAddresses } from "./export/export_target.ts";
import type { ExportChain } from "./export/export_map.ts";
import { ExportRules } from "./export/export_rules.ts";
import type { WithheldNews } from "./out_facts.ts";
import { GroupShare } from "./group_share.ts";
import type { DecisionListener, FamilyRib } from "../decide/family_rib.ts";
import { type OriginatedRoute, originatedWire } from "./originate.ts";
import { OutLimit, type OutLimitNews, type PrefixesOut } from "./out_limit.ts";
import { PathRows, PrefixRows } from "./out_rows.ts";
import { type PeerTerm, PeerTerms } from "./export/peer_terms.ts";
import { UpdateGroup } from "./update_group.ts";

/** How routes leave for a peer, all of it optional in {@link RibPeer}. */
export interface PeerExport extends ExportPolicy {
  /** The best so many paths of a prefix that its export lets through, to a peer that takes several (RFC 7911). */
  readonly addPathSendMax: number;
  /**
   * `best`: the best route, or none where it is not for the peer. `per-client`: the best one of those that are for the peer
   * (RFC 7947 §2.3.2.1), and of several paths as many, its own not among them.
   */
  readonly exportSelection: "best" | "per-client";
  /** MinRouteAdvertisementInterval (RFC 4271 §9.2.1.1). */
  readonly advertisementIntervalMs: number;
  /** By family. */
  readonly prefixesOut: Readonly<ByFamily<PrefixesOut>>;
  /** The groups it is in; policies ask for them. */
  readonly groups: readonly string[];
}

export const defaultExport: PeerExport = {
  export: "none",
  nextHop: "auto",
  routeReflectorClient: false,
  routeServerClient: false,
  removePrivateAs: "none",
  asOverride: false,
  prependAsn: undefined,
  rejectAsSets: "never",
  gracefulShutdown: false,
  addPathSendMax: Infinity,
  exportSelection: "best",
  advertisementIntervalMs: 0,
  prefixesOut: {},
  groups: [],
};

export interface ExportSession extends SessionAddresses {
  readonly negotiated: Negotiated;
}

/** A chain at whose end every route is rejected. */
const nothing = compilePolicies(emptyBook).chain([]);

/** What holds for all groups. */
interface Common {
  readonly sets: AttributeTable;
  readonly clusterId: number;
  readonly terms: PeerTerms;
  readonly share: GroupShare;
  readonly ringBytes: number;
  /** None until there are any: chains then pass nothing. */
  policies: Policies | undefined;
  readonly news: OutLimitNews[];
  readonly withheld: WithheldNews[];
}

/** What a policy is asked with for a group, and what makes the group one. */
interface Use {
  readonly names: PolicyChain;
  readonly peer: PolicyPeer;
  /** The chain asked who the peer is when the group was made: there are no others in it than such. */
  readonly byPeer: boolean;
}

/** A group that is advertised several paths. */
interface SeveralPaths {
  readonly group: UpdateGroup;
  readonly limit: number;
  /** The peer whose own paths do not count; -1: those of all do. */
  readonly only: number;
}

/** The groups of one family, and the rows they share. */
class FamilyExports implements DecisionListener {
  readonly groups = new Map<string, UpdateGroup>();
  readonly #uses = new Map<UpdateGroup, Use>();
  readonly #rib: FamilyRib;
  readonly #common: Common;
  readonly #prefixRows: PrefixRows;
  #pathRows: PathRows | undefined;
  /** Groups that are advertised the best route, those that select for their peers, and those that are advertised several. */
  #single: UpdateGroup[] = [];
  #selecting: UpdateGroup[] = [];
  #several: SeveralPaths[] = [];
  /** Of one decision: the candidates that are advertised to a group. */
  #chosen = new Uint8Array(64);

  constructor(rib: FamilyRib, common: Common) {
    this.#rib = rib;
    this.#common = common;
    this.#prefixRows = new PrefixRows(rib);
    rib.listener = this;
  }

  /** `routes`: those of the family for this peer only. */
  group(
    peerId: number,
    session: ExportSession,
    policy: PeerExport,
    routes: readonly OriginatedRoute[],
  ): UpdateGroup {
    const { sets, clusterId, terms, share, ringBytes, news, withheld } = this.#common;
    const { family } = this.#rib;
    const { negotiated } = session;
    const choice = choiceFor(policy.export, family);
    const { localAsn, remoteAsn: asn } = negotiated;
    const peer: PolicyPeer = { address: session.remoteAddress, asn, localAsn, groups: policy.groups };
    const chain = typeof choice === "string" ? undefined : this.#chain(choice, peer);
    const prefixesOut = policy.prefixesOut[family];
    const target = { context: negotiated, addresses: session, policy, choice, clusterId };
    const own = prefixesOut === undefined ? 0 : countTold(routes, new ExportRules(target, family));
    const several = maskHas(negotiated.addPathSend, family);
    // Of our own routes there is one a prefix.
    const selects = policy.exportSelection === "per-client" && choice !== "none";
    const isLimited = several && policy.addPathSendMax !== Infinity;
    const only = selects && (prefixesOut !== undefined || isLimited) ? peerId : -1;
    const key = [
      groupKey(family, session, policy),
      choiceKey(choice, chain),
      selects,
      only,
      // A limit counts what a single peer is told.
      prefixesOut === undefined ? "" : `${peerId} ${prefixesOut.max} ${prefixesOut.action} ${own}`,
    ].join("/");
    let group = this.groups.get(key);
    if (group !== undefined) return group;
    const rows = several ? this.#pathRows ??= new PathRows() : this.#prefixRows;
    const limit = prefixesOut === undefined
      ? undefined
      : new OutLimit(peerId, family, prefixesOut, own, (each) => void news.push(each));
    const selection = selects && !several ? new ClientSelection(only, sets) : undefined;
    const rib = this.#rib;
    group = new UpdateGroup({
      rib,
      rows,
      target,
      policy: chain,
      selection,
      limit,
      intervalMs: policy.advertisementIntervalMs,
      sets,
      terms,
      share,
      ringBytes,
    });
    share.groups++;
    const { members, map } = group;
    map.onWithheld = (slot, reason) => {
      const name = formatPrefix(this.#rib.prefixes.prefix(slot));
      withheld.push({ peers: members, text: `${name}, and whatever is like it, is not advertised: ${reason}` });
    };
    this.groups.set(key, group);
    if (chain !== undefined) {
      this.#uses.set(group, { names: choice as PolicyChain, peer, byPeer: chain.chain.usesPeer });
    }
    if (several) {
      this.#several.push({ group, limit: policy.addPathSendMax, only });
      group.fillByDecisions();
      this.#rib.decideAll();
    } else (selects ? this.#selecting : this.#single).push(group);
    return group;
  }

  /**
   * The policies say other things: what that means to each prefix its next decision finds. Gives the peers that were told the
   * same so far and are not any more: they need groups of their own.
   */
  usePolicies(): number[] {
    if (this.#uses.size === 0) return [];
    const apart: number[] = [];
    for (const [group, { names, peer, byPeer }] of this.#uses) {
      const chain = this.#chain(names, peer);
      if (chain.chain.usesPeer && !byPeer) apart.push(...group.members);
      else group.map.use(chain);
    }
    this.#rib.decideAll();
    return apart;
  }

  /** Forgets groups without a peer. */
  sweep(): void {
    for (const [key, group] of this.groups) {
      if (group.members.size > 0) continue;
      group.clear();
      this.#common.share.groups--;
      this.groups.delete(key);
      this.#uses.delete(group);
      this.#single = this.#single.filter((each) => each !== group);
      this.#selecting = this.#selecting.filter((each) => each !== group);
      this.#several = this.#several.filter((each) => each.group !== group);
    }
  }

  decided(slot: number, before: number, decision: Decision, winner: number): void {
    const single = this.#single;
    if (single.length > 0) {
      const routes = winner === -1 ? undefined : decision.routes(winner);
      const set = routes === undefined ? -1 : routes.setOf(decision.row(winner));
      for (let i = 0; i < single.length; i++) single[i]!.decided(slot, before, set, routes?.source);
    }
    const selecting = this.#selecting;
    for (let i = 0; i < selecting.length; i++) selecting[i]!.select(slot, before, decision, winner);
    if (this.#several.length > 0) this.#decidedSeveral(slot, decision, winner);
  }

  #chain(names: PolicyChain, peer: PolicyPeer): ExportChain {
    const { policies } = this.#common;
    // A reload may leave a chain without its policies, until its peer is told of another: nothing passes by accident.
    const known = policies !== undefined && names.every((name) => policies.has(name));
    return { chain: known ? policies.chain(names) : nothing, peer, reasons: known ? policies.reasons : [] };
  }

  #decidedSeveral(slot: number, decision: Decision, winner: number): void {
    const rows = this.#pathRows!;
    rows.assign(slot, decision);
    for (const several of this.#several) {
      const { group } = several;
      const chosen = several.limit < decision.count ? this.#choose(several, slot, decision, winner) : undefined;
      for (let row = rows.first(slot); row !== -1; row = rows.next(row)) {
        const candidate = rows.candidateOf(row);
        const told = candidate !== -1 && (chosen === undefined || chosen[candidate] !== 0);
        const routes = told ? decision.routes(candidate) : undefined;
        const set = routes === undefined ? -1 : decision.set(candidate);
        group.decided(row, rows.beforeOf(row), set, routes?.source);
      }
    }
  }

  /** The best so many candidates that may go to the group, each marked with a 1. */
  #choose({ group, limit, only }: SeveralPaths, slot: number, decision: Decision, winner: number): Uint8Array {
    const { count } = decision;
    if (this.#chosen.length < count) this.#chosen = new Uint8Array(2 * count);
    const chosen = this.#chosen.fill(0, 0, count);
    for (let place = 0, left = limit; place < count && left > 0; place++) {
      const candidate = decision.nth(place, winner);
      const { source } = decision.routes(candidate);
      if (source.peerId === only || !group.accepts(decision.set(candidate), source, slot)) continue;
      chosen[candidate] = 1;
      left--;
    }
    return chosen;
  }
}

export class Exports {
  readonly #ribOf: (family: FamilyId) => FamilyRib;
  readonly #common: Common;
  readonly #families: (FamilyExports | undefined)[] = [];

  /** `ringBytes`: encoded messages that may wait in a group. */
  constructor(
    sets: AttributeTable,
    ribOf: (family: FamilyId) => FamilyRib,
    clusterId: number,
    ringBytes: number = limits.ringBytes,
  ) {
    this.#ribOf = ribOf;
    this.#common = {
      sets,
      clusterId,
      terms: new PeerTerms(),
      share: new GroupShare(),
      ringBytes,
      policies: undefined,
      news: [],
      withheld: [],
    };
  }

  join(peerId: number, session: ExportSession, policy: PeerExport, routes: readonly OriginatedRoute[]): AdjRibOut {
    const { enhancedRouteRefresh } = session.negotiated;
    return new AdjRibOut(
      peerId,
      this.#groups(peerId, session, policy, routes),
      routes,
      this.#common.sets,
      enhancedRouteRefresh,
    );
  }

  leave(out: AdjRibOut): void {
    out.close();
    this.#sweep();
  }

  move(out: AdjRibOut, session: ExportSession, policy: PeerExport, routes: readonly OriginatedRoute[]): void {
    out.move(this.#groups(out.peerId, session, policy, routes), routes);
    this.#sweep();
  }

  /** What the configuration says of a peer that routes are from; true where that is news. */
  setTerm(peerId: number, term: PeerTerm): boolean {
    if (!this.#common.terms.set(peerId, term)) return false;
    for (const family of this.#families) for (const group of family?.groups.values() ?? []) group.map.forgetSources();
    return true;
  }

  forget(peerId: number): void {
    this.#common.terms.delete(peerId);
  }

  /** Gives the peers that have to {@link move} because they are told different things now. */
  usePolicies(policies: Policies): number[] {
    this.#common.policies = policies;
    return [...new Set(this.#families.flatMap((family) => family?.usePolicies() ?? []))];
  }

  /** Routes withheld for a reason that was not said yet, since the last call. */
  takeWithheld(): WithheldNews[] {
    return this.#common.withheld.splice(0);
  }

  /** Peers that there are too many routes for, since the last call. */
  takeNews(): OutLimitNews[] {
    return this.#common.news.splice(0);
  }

  get bytes(): number {
    let bytes = 0;
    for (const family of this.#families) for (const group of family?.groups.values() ?? []) bytes += group.bytes;
    return bytes;
  }

  #groups(
    peerId: number,
    session: ExportSession,
    policy: PeerExport,
    routes: readonly OriginatedRoute[],
  ): UpdateGroup[] {
    return maskIds(session.negotiated.families).map((id) => {
      const family = this.#families[id] ??= new FamilyExports(this.#ribOf(id), this.#common);
      return family.group(peerId, session, policy, routes.filter((route) => route.family === id));
    });
  }

  #sweep(): void {
    for (const family of this.#families) family?.sweep();
  }
}

/** Of how many prefixes there are routes that the session can carry. */
function countTold(routes: readonly OriginatedRoute[], rules: ExportRules): number {
  const told = routes.filter((route) => {
    const wire = originatedWire(route);
    return rules.apply(wire, 0, wire.length, ourselves);
  });
  return new Set(told.map(({ prefix }) => formatPrefix(prefix))).size;
}

/** Peers are told the same by a chain that does not ask who they are. */
function choiceKey(choice: Choice<ExportWord>, use: ExportChain | undefined): string {
  if (typeof choice === "string") return choice;
  const { address, asn, localAsn, groups } = use!.peer;
  return JSON.stringify([choice, ...use!.chain.usesPeer ? [[...address], asn, localAsn, groups] : []]);
}

function groupKey(family: FamilyId, session: ExportSession, policy: PeerExport): string {
  const { negotiated, localAddress, localAddressV4, localAddressV6, link } = session;
  const { internal, fourOctetAs, addPathSend, extendedNextHop, maxMessageBytes, localAsn, remoteAsn } = negotiated;
  const several = maskHas(addPathSend, family);
  return [
    internal,
    negotiated.confederation === true,
    negotiated.role ?? "",
    negotiated.graceful?.longLived !== undefined,
    carriesAigp(negotiated),
    fourOctetAs,
    several,
    maskHas(extendedNextHop, family),
    maxMessageBytes,
    localAsn,
    localAddress,
    localAddressV4 ?? "",
    localAddressV6 ?? "",
    link ?? "",
    session.isOriginatedHop === true ? session.remoteAddress : "",
    policy.nextHop,
    policy.routeReflectorClient,
    policy.routeServerClient,
    // Where the path depends on who is to read it.
    policy.removePrivateAs === "none" ? "" : `${policy.removePrivateAs} ${remoteAsn}`,
    policy.asOverride ? remoteAsn : "",
    policy.prependAsn ?? "",
    policy.rejectAsSets,
    policy.gracefulShutdown,
    policy.advertisementIntervalMs,
    several ? policy.addPathSendMax : "",
  ].join("/");
}
