/**
 * The update groups of one family: which peers share a group, and what a decision means to each group.
 *
 * Peers share a group where they get the same routes in the same messages. The key of a group lists everything that the
 * export rules and the form of messages depend on.
 */

import { carriesAigp, formatDestination } from "../../message/mod.ts";
import {
  choiceFor,
  compilePolicies,
  emptyPolicyTable,
  type ExportWord,
  type Policies,
  type PolicyChain,
  type PolicyChoice,
  type PolicyPeer,
} from "../../policy/mod.ts";
import { type FamilyId, hasRouteTargets, maskHas, type PrefixSlot } from "../../types/mod.ts";
import { type AttributeTable, noSet } from "../table/attribute_table.ts";
import { ClientSelection } from "./client_selection.ts";
import type { Decision } from "../decide/decision.ts";
import { destinationAt } from "../table/destinations.ts";
import { ourselves } from "./export/export_target.ts";
import type { ExportChain } from "./export/export_map.ts";
import { ExportRules } from "./export/export_rules.ts";
import type { WithheldNews } from "./out_facts.ts";
import type { GroupShare } from "./group_share.ts";
import type { DecisionListener, FamilyRib } from "../decide/family_rib.ts";
import { type OriginatedRoute, originatedWire } from "./originate.ts";
import { OutLimit, type OutLimitNews } from "./out_limit.ts";
import { PathRows, PrefixRows } from "./out_rows.ts";
import type { Validation } from "../in/validation.ts";
import type { PeerTerms } from "./export/peer_terms.ts";
import { UpdateGroup } from "./update_group.ts";
import type { ExportSession, PeerExport } from "./peer_export.ts";

/** A chain that rejects every route. */
const rejectAll = compilePolicies(emptyPolicyTable).chain([]);

/** What all groups share. */
export interface ExportCommon {
  readonly sets: AttributeTable;
  readonly clusterId: number;
  readonly terms: PeerTerms;
  readonly validation: Validation;
  readonly share: GroupShare;
  readonly ringBytes: number;
  /** `undefined` until policies are set: chains then reject every route. */
  policies: Policies | undefined;
  readonly news: OutLimitNews[];
  readonly withheld: WithheldNews[];
}

/** The export policy of a group. */
interface PolicyUse {
  readonly names: PolicyChain;
  readonly peer: PolicyPeer;
  /** The chain matched the peer when the group was made, so that all peers of the group are alike to it. */
  readonly byPeer: boolean;
}

/** A group that is advertised several paths. */
interface SeveralPaths {
  readonly group: UpdateGroup;
  readonly limit: number;
  /** The peer whose own paths do not count; -1: all paths count. */
  readonly only: number;
}

/** The update groups of one family, and the rows that they share. */
export class FamilyExports implements DecisionListener {
  readonly groups = new Map<string, UpdateGroup>();
  readonly #uses = new Map<UpdateGroup, PolicyUse>();
  readonly #rib: FamilyRib;
  readonly #common: ExportCommon;
  readonly #prefixRows: PrefixRows;
  #pathRows: PathRows | undefined;
  /** Groups that are advertised the best route; groups that select for their peers; groups with ADD-PATH. */
  #single: UpdateGroup[] = [];
  #selecting: UpdateGroup[] = [];
  #several: SeveralPaths[] = [];
  /** For one decision: a 1 for each candidate that is advertised to a group. */
  #chosen = new Uint8Array(64);

  constructor(rib: FamilyRib, common: ExportCommon) {
    this.#rib = rib;
    this.#common = common;
    this.#prefixRows = new PrefixRows(rib);
    rib.listener = this;
  }

  /** The group of a peer, made where there is none. `routes`: routes of the family for this peer only. */
  group(
    peerId: number,
    session: ExportSession,
    policy: PeerExport,
    routes: readonly OriginatedRoute[],
  ): UpdateGroup {
    const { sets, clusterId, terms, validation, share, ringBytes, news } = this.#common;
    const { family } = this.#rib;
    const { negotiated } = session;
    const choice = choiceFor(policy.export, family);
    const { localAsn, remoteAsn: asn } = negotiated;
    const peer: PolicyPeer = { address: session.remoteAddress, asn, localAsn, groups: policy.groups };
    const chain = typeof choice === "string" ? undefined : this.#chain(choice, peer);
    const prefixesOut = policy.prefixesOut[family];
    const routeTargets = hasRouteTargets(family) ? session.routeTargets : undefined;
    const target = { context: negotiated, addresses: session, policy, choice, clusterId, routeTargets };
    const own = prefixesOut === undefined ? 0 : countCarried(routes, new ExportRules(target, family));
    const several = maskHas(negotiated.addPathSend, family);
    const selects = policy.exportSelection === "per-client" && choice !== "none";
    const isLimited = several && policy.addPathSendMax !== Infinity;
    const only = selects && (prefixesOut !== undefined || isLimited) ? peerId : -1;
    const key = [
      groupKey(family, session, policy),
      choiceKey(choice, chain),
      selects,
      only,
      routeTargets === undefined ? "" : `rt ${routeTargets.key}`,
      // A limit counts the routes of a single peer.
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
      validation,
      share,
      ringBytes,
    });
    share.groups++;
    this.#reportWithheld(group);
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
   * Other policies are in force: every prefix is decided again. Returns the peers of groups that no longer get the same
   * routes: they need groups of their own.
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

  /** Removes groups without peers. */
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

  decided(slot: PrefixSlot, before: number, decision: Decision, winner: number): void {
    const single = this.#single;
    if (single.length > 0) {
      const routes = winner === -1 ? undefined : decision.routes(winner);
      const set = routes === undefined ? noSet : routes.setOf(decision.row(winner));
      for (let i = 0; i < single.length; i++) single[i]!.decided(slot, before, set, routes?.source);
    }
    const selecting = this.#selecting;
    for (let i = 0; i < selecting.length; i++) selecting[i]!.select(slot, before, decision, winner);
    if (this.#several.length > 0) this.#decidedSeveral(slot, decision, winner);
  }

  #reportWithheld({ members, map }: UpdateGroup): void {
    const { family, destinations } = this.#rib;
    map.onWithheld = (slot, reason) => {
      const name = formatDestination(family, destinationAt(destinations, slot));
      const text = `${name}, and every other route with this reason, is not advertised: ${reason}`;
      this.#common.withheld.push({ peers: members, text });
    };
  }

  #chain(names: PolicyChain, peer: PolicyPeer): ExportChain {
    const { policies } = this.#common;
    // A reload may remove policies of a chain before its peer is updated: until then the chain rejects every route.
    const known = policies !== undefined && names.every((name) => policies.has(name));
    return { chain: known ? policies.chain(names) : rejectAll, peer, reasons: known ? policies.reasons : [] };
  }

  #decidedSeveral(slot: PrefixSlot, decision: Decision, winner: number): void {
    const rows = this.#pathRows!;
    rows.assign(slot, decision);
    for (const several of this.#several) {
      const { group } = several;
      const chosen = several.limit < decision.count ? this.#choose(several, slot, decision, winner) : undefined;
      for (let row = rows.first(slot); row !== -1; row = rows.next(row)) {
        const candidate = rows.candidateOf(row);
        const isChosen = candidate !== -1 && (chosen === undefined || chosen[candidate] !== 0);
        const routes = isChosen ? decision.routes(candidate) : undefined;
        const set = routes === undefined ? noSet : decision.set(candidate);
        group.decided(row, rows.beforeOf(row), set, routes?.source);
      }
    }
  }

  /** Marks the best candidates that may go to the group with a 1, up to the limit of the group. */
  #choose({ group, limit, only }: SeveralPaths, slot: PrefixSlot, decision: Decision, winner: number): Uint8Array {
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

/** How many prefixes have a route that the session can carry. */
function countCarried(routes: readonly OriginatedRoute[], rules: ExportRules): number {
  const carried = routes.filter((route) => {
    const wire = originatedWire(route);
    return rules.apply(wire, 0, wire.length, ourselves);
  });
  return new Set(carried.map((route) => formatDestination(route.family, route))).size;
}

/** Peers share a group where the chain does not match on the peer. */
function choiceKey(choice: PolicyChoice<ExportWord>, use: ExportChain | undefined): string {
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
    // The AS path depends on the peer.
    policy.removePrivateAs === "none" ? "" : `${policy.removePrivateAs} ${remoteAsn}`,
    policy.asOverride ? remoteAsn : "",
    policy.prependAsn ?? "",
    policy.rejectAsSets,
    policy.sendsOriginStates === true,
    policy.gracefulShutdown,
    policy.advertisementIntervalMs,
    several ? policy.addPathSendMax : "",
  ].join("/");
}
