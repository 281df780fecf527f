/**
 * Loc-RIB → Adj-RIBs-Out: which peers share an update group, and what a decision means to each group.
 *
 * Peers are told the same where the rules of export and the form of messages are the same: the key of a group lists all
 * that either depends on.
 */

import { carriesAigp } from "../message/mod.ts";
import type { Negotiated } from "../session/mod.ts";
import { type FamilyId, limits, maskHas, maskIds } from "../types/mod.ts";
import { AdjRibOut } from "./adj_rib_out.ts";
import type { AttributeTable } from "./attribute_table.ts";
import type { Decision } from "./decision.ts";
import type { ExportPolicy, SessionAddresses } from "./export_target.ts";
import type { DecisionListener, FamilyRib } from "./family_rib.ts";
import type { OriginatedRoute } from "./originate.ts";
import { PathRows, PrefixRows } from "./out_rows.ts";
import { GroupFamily } from "./update_group.ts";

/** How routes leave for a peer, all of it optional in {@link RibPeer}. */
export interface PeerExport extends ExportPolicy {
  /** The best so many paths of a prefix, to a peer that takes several (RFC 7911). */
  readonly addPathSendMax: number;
  /** MinRouteAdvertisementInterval (RFC 4271 §9.2.1.1). */
  readonly advertisementIntervalMs: number;
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
  advertisementIntervalMs: 0,
};

export interface ExportSession extends SessionAddresses {
  readonly negotiated: Negotiated;
}

/** What holds for all groups. */
interface Common {
  readonly sets: AttributeTable;
  readonly clusterId: number;
  /** Peers that are clients of this reflector: their routes go to all (RFC 4456 §6). */
  readonly clients: Set<number>;
  readonly ringBytes: number;
}

/** The groups of one family, and the rows they share. */
class FamilyExports implements DecisionListener {
  readonly groups = new Map<string, GroupFamily>();
  readonly #rib: FamilyRib;
  readonly #common: Common;
  readonly #prefixRows: PrefixRows;
  #pathRows: PathRows | undefined;
  /** Groups told the best route, and groups told several. */
  #single: GroupFamily[] = [];
  #several: { readonly group: GroupFamily; readonly limit: number }[] = [];

  constructor(rib: FamilyRib, common: Common) {
    this.#rib = rib;
    this.#common = common;
    this.#prefixRows = new PrefixRows(rib);
    rib.listener = this;
  }

  group(key: string, session: ExportSession, policy: PeerExport): GroupFamily {
    const { sets, clusterId, clients, ringBytes } = this.#common;
    let group = this.groups.get(key);
    if (group !== undefined) return group;
    const several = maskHas(session.negotiated.addPathSend, this.#rib.family);
    const rows = several ? this.#pathRows ??= new PathRows() : this.#prefixRows;
    const target = { context: session.negotiated, addresses: session, policy, clusterId };
    group = new GroupFamily(this.#rib, rows, target, policy.advertisementIntervalMs, sets, clients, ringBytes);
    this.groups.set(key, group);
    if (several) {
      this.#several.push({ group, limit: policy.addPathSendMax });
      group.fillByDecisions();
      this.#rib.decideAll();
    } else this.#single.push(group);
    return group;
  }

  /** Forgets groups without a peer. */
  sweep(): void {
    for (const [key, group] of this.groups) {
      if (group.members.size > 0) continue;
      group.clear();
      this.groups.delete(key);
      this.#single = this.#single.filter((each) => each !== group);
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
    if (this.#several.length > 0) this.#decidedSeveral(slot, decision, winner);
  }

  #decidedSeveral(slot: number, decision: Decision, winner: number): void {
    const rows = this.#pathRows!;
    rows.assign(slot, decision);
    for (const { group, limit } of this.#several) {
      const chosen = limit < decision.count && winner !== -1 ? decision.rank(limit, winner) : undefined;
      for (let row = rows.first(slot); row !== -1; row = rows.next(row)) {
        const candidate = rows.candidateOf(row);
        const told = candidate !== -1 && (chosen === undefined || chosen.includes(candidate));
        const routes = told ? decision.routes(candidate) : undefined;
        const set = routes === undefined ? -1 : routes.setOf(decision.row(candidate));
        group.decided(row, rows.beforeOf(row), set, routes?.source);
      }
    }
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
    this.#common = { sets, clusterId, clients: new Set(), ringBytes };
  }

  join(peerId: number, session: ExportSession, policy: PeerExport, routes: readonly OriginatedRoute[]): AdjRibOut {
    const { enhancedRouteRefresh } = session.negotiated;
    return new AdjRibOut(peerId, this.#groups(session, policy), routes, this.#common.sets, enhancedRouteRefresh);
  }

  leave(out: AdjRibOut): void {
    out.close();
    this.#sweep();
  }

  move(out: AdjRibOut, session: ExportSession, policy: PeerExport, routes: readonly OriginatedRoute[]): void {
    out.move(this.#groups(session, policy), routes);
    this.#sweep();
  }

  /** Whether the peer's routes are reflected; true where that is news. */
  setClient(peerId: number, client: boolean): boolean {
    const { clients } = this.#common;
    if (clients.has(peerId) === client) return false;
    if (client) clients.add(peerId);
    else clients.delete(peerId);
    for (const family of this.#families) for (const group of family?.groups.values() ?? []) group.map.forgetSources();
    return true;
  }

  get bytes(): number {
    let bytes = 0;
    for (const family of this.#families) for (const group of family?.groups.values() ?? []) bytes += group.bytes;
    return bytes;
  }

  #groups(session: ExportSession, policy: PeerExport): GroupFamily[] {
    return maskIds(session.negotiated.families).map((id) => {
      const family = this.#families[id] ??= new FamilyExports(this.#ribOf(id), this.#common);
      return family.group(groupKey(id, session, policy), session, policy);
    });
  }

  #sweep(): void {
    for (const family of this.#families) family?.sweep();
  }
}

function groupKey(family: FamilyId, session: ExportSession, policy: PeerExport): string {
  const { negotiated, localAddress, localAddressV4, localAddressV6 } = session;
  const { internal, fourOctetAs, addPathSend, extendedNextHop, maxMessageBytes, localAsn, remoteAsn } = negotiated;
  const several = maskHas(addPathSend, family);
  return [
    internal,
    negotiated.confederation === true,
    negotiated.role ?? "",
    carriesAigp(negotiated),
    fourOctetAs,
    several,
    maskHas(extendedNextHop, family),
    maxMessageBytes,
    localAsn,
    localAddress,
    localAddressV4 ?? "",
    localAddressV6 ?? "",
    policy.export,
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
