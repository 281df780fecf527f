/** A RIB with a station that monitors it. */

import type { AttributeSet, Capability, Open } from "../../../../src/message/mod.ts";
import type { BmpChoice, BmpFeed, MonitorTable } from "../../../../src/rib/mod.ts";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { allFamilies, familyOf, formatPrefix, maskHas, maskIds, parseAddress } from "../../../../src/types/mod.ts";
import { StationModel } from "../../../support/station_model.ts";
import { negotiated } from "../../../support/negotiated.ts";
import { announce, type Announcement, RibRig, wire } from "../support.ts";

export const allTables: readonly MonitorTable[] = ["adj-in", "adj-in-post", "adj-out-post", "loc"];

export function choice(changes: Partial<BmpChoice> = {}): BmpChoice {
  return {
    tables: allTables,
    families: allFamilies,
    dump: true,
    mirrors: false,
    statisticsMs: 0,
    name: "r1",
    description: "bgpd",
    ...changes,
  };
}

/** The OPENs that negotiate these terms. */
export function withOpens(terms: Partial<Negotiated>): Partial<Negotiated> {
  const whole = negotiated(terms);
  return { ...terms, opens: { sent: open(whole, "us"), received: open(whole, "peer") } };
}

function open(terms: Negotiated, who: "us" | "peer"): Open {
  const { families, fourOctetAs, addPathReceive, addPathSend } = terms;
  const ids = maskIds(families).map((id) => ({ id, afi: familyOf(id).afi, safi: familyOf(id).safi }));
  const capabilities: Capability[] = ids.map(({ afi, safi }) => ({ kind: "multiprotocol", afi, safi }));
  const asn = who === "us" ? terms.localAsn : terms.remoteAsn;
  if (fourOctetAs) capabilities.push({ kind: "fourOctetAs", asn });
  const paths = ids.map(({ id, afi, safi }) => {
    const ours = { receive: maskHas(addPathReceive, id), send: maskHas(addPathSend, id) };
    return { afi, safi, ...who === "us" ? ours : { receive: ours.send, send: ours.receive } };
  });
  capabilities.push({ kind: "addPath", families: paths.filter(({ receive, send }) => receive || send) });
  const routerId = who === "us" ? 0x01010101 : terms.remoteRouterId;
  return { version: 4, asn, holdTimeSeconds: 90, routerId, capabilities };
}

/** IPv4 and IPv6 routes with the same attributes but for the next hop. */
export function announceAll(
  context: Negotiated,
  attributes: Partial<AttributeSet>,
  path: number[],
  ...prefixes: (string | Announcement)[]
): Uint8Array {
  const isV6 = (each: string | Announcement) => (typeof each === "string" ? each : each.prefix).includes(":");
  const parts = [
    announce(context, wire(attributes, path), ...prefixes.filter((each) => !isV6(each))),
    announce(context, wire({ ...attributes, nextHop: parseAddress("2001:db8::1")! }, path), ...prefixes.filter(isV6)),
  ];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export class MonitoredRig extends RibRig {
  readonly model = new StationModel();
  feed: BmpFeed | undefined;

  watch(changes: Partial<BmpChoice> = {}): void {
    this.feed = this.rib.monitor(choice(changes));
  }

  session(id: number, terms: Partial<Negotiated> = {}, keep = 0): Negotiated {
    const whole = { remoteRouterId: 0x0a000000 + id, remoteAsn: 65000 + id, ...terms };
    return this.open(id, { negotiated: withOpens(whole), peer: { name: `peer ${id}`, export: "all" }, keep });
  }

  /** The station reads some octets, or all. */
  read(limit = Infinity): void {
    if (limit !== Infinity) {
      const bytes = this.feed!.pull(limit);
      if (bytes !== undefined) this.model.read(bytes);
      return;
    }
    for (let bytes = this.feed!.pull(65_536); bytes !== undefined; bytes = this.feed!.pull(65_536)) {
      this.model.read(bytes);
    }
  }

  /** Everything is decided, and peers are sent what they are to be sent. */
  settle(): void {
    while (this.rib.decide());
    for (const [id, { epoch }] of this.sessions) while (this.rib.pull(id, epoch, 65_536) !== undefined);
  }

  /** What the table of a peer on 127.0.0.`id` holds, as {@link StationModel.routes}. */
  routes(id: number, table: Exclude<MonitorTable, "adj-out-post" | "loc">): string[] {
    return [...this.rib.dump()].filter((row) => row.peerId === id && (table === "adj-in" || row.ineligible === 0))
      .map((row) => {
        const set = table === "adj-in" ? row.received : row.wire;
        return `${familyOf(row.family).name} ${formatPrefix(row.prefix!)} ${row.pathId} ${set.join(".")}`;
      }).sort();
  }

  loc(): string[] {
    return [...this.rib.dump()].filter(({ best }) => best)
      .map(({ family, prefix, wire }) => `${familyOf(family).name} ${formatPrefix(prefix!)} -1 ${wire.join(".")}`)
      .sort();
  }

  advertised(id: number): string[] {
    return [...this.rib.advertised(id, { which: { kind: "all" }, states: "written" })]
      .flatMap((row) => row?.wire === undefined ? [] : [row])
      .map(({ family, prefix, pathId, wire }) =>
        `${familyOf(family).name} ${formatPrefix(prefix!)} ${pathId} ${wire!.join(".")}`
      ).sort();
  }
}
