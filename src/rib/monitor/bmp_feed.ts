/** A reader of the monitor as a router's side of BMP: octets for a station. */

import {
  BmpDownReason,
  BmpInfo,
  type BmpMessage,
  type BmpPeer,
  BmpPeerType,
  type BmpStatistic,
  encodeBmp,
} from "../../bmp/mod.ts";
import { type Capability, encodeOpen, type Open } from "../../message/mod.ts";
import {
  allFamilies,
  type Asn,
  type ByFamily,
  extensibleFamilies,
  familyEntries,
  familyOf,
  maskIds,
  type Millis,
  type RibKind,
  writeUint32,
} from "../../types/mod.ts";
import type { MonitoredMessages, MonitoredSession, MonitorEntry } from "./entry.ts";
import { choosesPeer, eachUpdate, isEndOfRib, type MonitorChoice } from "./monitor_choice.ts";
import type { Monitor } from "./monitor.ts";
import type { MonitorReader } from "./monitor_reader.ts";

export interface BmpChoice extends MonitorChoice {
  /** How often statistics are sent; 0: never. */
  readonly statisticsMs: Millis;
  /** sysName and sysDescr of the Initiation. */
  readonly name: string;
  readonly description: string;
}

/** What the feed asks the RIB. */
export interface BmpSpeaker {
  readonly routerId: number;
  readonly ownAsn: Asn | undefined;
  readonly now: () => Millis;
  readonly monotonic: () => Millis;
  readonly sessions: () => Iterable<MonitoredSession>;
  /** Best routes by family. */
  readonly bestRoutes: () => ByFamily<number>;
}

/** Our AS in the Peer Up of the Loc-RIB where the configuration has none: zero is no AS (RFC 7607). */
const asTrans = 23456;
/** Where the time stands in a message: behind the common header, in the per-peer header. */
const timeAt = 40;
const firstBytes = 65_536;

/** Statistics of RFC 7854 §4.8 and RFC 8671 §5. */
const Statistic = {
  adjRibIn: 7,
  locRib: 8,
  adjRibInOfFamily: 9,
  locRibOfFamily: 10,
  treatedAsWithdraw: 11,
  adjRibOut: 15,
  adjRibOutOfFamily: 17,
} as const;

export class BmpFeed {
  readonly #choice: BmpChoice;
  readonly #monitor: Monitor;
  readonly #reader: MonitorReader;
  readonly #speaker: BmpSpeaker;
  /** The headers of Route Monitoring by session and table. */
  readonly #headers = new Map<MonitoredSession | undefined, Map<string, Uint8Array>>();
  #isInitiated = false;
  #statisticsAt: Millis;
  /** Messages that were made and not pulled: the first {@link #size} octets. */
  #bytes = new Uint8Array(firstBytes);
  #size = 0;

  constructor(choice: BmpChoice, monitor: Monitor, speaker: BmpSpeaker) {
    this.#choice = choice;
    this.#monitor = monitor;
    this.#reader = monitor.open(choice);
    this.#speaker = speaker;
    this.#statisticsAt = speaker.monotonic() + choice.statisticsMs;
  }

  /** The station reads too slowly: what follows is unknown, so the connection must end. */
  get isLapped(): boolean {
    return this.#reader.isLapped;
  }

  close(): void {
    this.#monitor.close(this.#reader);
  }

  /** Whole messages, `limit` octets and the rest of an entry; `undefined`: there is nothing to send. */
  pull(limit: number): Uint8Array<ArrayBuffer> | undefined {
    if (!this.#isInitiated) this.#initiate();
    while (this.#size < limit) {
      const entry = this.#reader.next();
      if (entry === undefined) break;
      this.#take(entry);
    }
    this.#monitor.trim();
    if (this.#size < limit) this.#statistics();
    return this.#taken();
  }

  #initiate(): void {
    this.#isInitiated = true;
    const { name, description } = this.#choice;
    this.#add({
      kind: "initiation",
      information: [
        { type: BmpInfo.sysDescr, value: new TextEncoder().encode(description) },
        { type: BmpInfo.sysName, value: new TextEncoder().encode(name) },
      ],
    });
  }

  #take(entry: MonitorEntry): void {
    switch (entry.kind) {
      case "messages":
        return this.#messages(entry);
      case "up":
        return this.#up(entry.session, entry.at);
      case "locUp":
        return this.#locUp(entry.at);
      case "down": {
        const { session, end: { reason, data }, at } = entry;
        this.#headers.delete(session);
        return this.#add({ kind: "peerDown", peer: peerOf(session, "adj-in", at), reason, data });
      }
      case "malformed": {
        const peer = peerOf(entry.session, "adj-in", entry.at);
        const items = [{ kind: "information", code: 0 }, { kind: "message", bytes: entry.message }] as const;
        return this.#add({ kind: "routeMirroring", peer, items });
      }
    }
  }

  #messages(entry: MonitoredMessages): void {
    const header = this.#header(entry);
    setTime(header, timeAt, entry.at);
    const { bytes } = entry, isEarly = this.#reader.isEarly(entry);
    eachUpdate(bytes, entry.family === undefined ? this.#choice.families : allFamilies, (start, end) => {
      if (isEarly && isEndOfRib(bytes, start, end)) return;
      const at = this.#size;
      this.#put(header);
      this.#put(bytes.subarray(start, end));
      writeUint32(this.#bytes, at + 1, this.#size - at);
    });
  }

  /** Of a Route Monitoring message: the length and the time are set later. */
  #header({ session, table, twoOctetAs, at }: MonitoredMessages): Uint8Array {
    let headers = this.#headers.get(session);
    if (headers === undefined) this.#headers.set(session, headers = new Map());
    const key = `${table} ${twoOctetAs}`;
    let header = headers.get(key);
    if (header === undefined) {
      const peer = session === undefined
        ? this.#locPeer(at)
        : { ...peerOf(session, table, at), twoOctetAsPath: twoOctetAs };
      headers.set(key, header = encodeBmp({ kind: "routeMonitoring", peer, update: new Uint8Array(0) }));
    }
    return header;
  }

  #up(session: MonitoredSession, at: Millis): void {
    const { opens } = session.negotiated;
    if (opens === undefined) return;
    this.#add({
      kind: "peerUp",
      peer: peerOf(session, "adj-in", at),
      localAddress: session.localAddress,
      localPort: session.ports.local,
      remotePort: session.ports.remote,
      sentOpen: encodeOpen(opens.sent),
      receivedOpen: encodeOpen(opens.received),
      information: [],
    });
  }

  /**
   * RFC 9069 §5.2: the OPENs say the capabilities that the Route Monitoring needs. The name of the table is optional
   * (§5.2.1), and our Loc-RIB has none: a distinguisher of zero says which one it is.
   */
  #locUp(at: Millis): void {
    const peer = this.#locPeer(at);
    const open = encodeOpen(locOpen(peer.asn, this.#speaker.routerId));
    this.#add({
      kind: "peerUp",
      peer,
      localAddress: new Uint8Array(4),
      localPort: 0,
      remotePort: 0,
      sentOpen: open,
      receivedOpen: open,
      information: [],
    });
  }

  #locPeer(at: Millis): BmpPeer {
    const { routerId, ownAsn } = this.#speaker;
    return {
      type: BmpPeerType.locRib,
      ribKind: "loc",
      twoOctetAsPath: false,
      filtered: this.#choice.families !== allFamilies,
      distinguisher: 0n,
      address: new Uint8Array(4),
      asn: ownAsn ?? asTrans,
      bgpId: routerId,
      ...timeOf(at),
    };
  }

  #statistics(): void {
    const { statisticsMs, tables } = this.#choice;
    const { monotonic, now, sessions, bestRoutes } = this.#speaker;
    // After the first tables: until then a station would compare them with a part.
    if (statisticsMs === 0 || monotonic() < this.#statisticsAt || this.#reader.isDumping) return;
    this.#statisticsAt = monotonic() + statisticsMs;
    for (const session of sessions()) {
      if (!choosesPeer(this.#choice, session)) continue;
      this.#add({ kind: "statistics", peer: peerOf(session, "adj-in", now()), statistics: statisticsOf(session) });
    }
    if (!tables.includes("loc")) return;
    const statistics = gauges(Statistic.locRib, Statistic.locRibOfFamily, bestRoutes());
    this.#add({ kind: "statistics", peer: this.#locPeer(now()), statistics });
  }

  #add(message: BmpMessage): void {
    this.#put(encodeBmp(message));
  }

  #put(bytes: Uint8Array): void {
    const end = this.#size + bytes.length;
    if (end > this.#bytes.length) {
      const wider = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes.set(bytes, this.#size);
    this.#size = end;
  }

  #taken(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#size === 0) return undefined;
    const bytes = this.#bytes.slice(0, this.#size);
    this.#size = 0;
    if (this.#bytes.length > 4 * firstBytes) this.#bytes = new Uint8Array(firstBytes);
    return bytes;
  }
}

function peerOf(session: MonitoredSession, ribKind: RibKind, at: Millis): BmpPeer {
  const { remoteAddress, negotiated: { remoteAsn, remoteRouterId, fourOctetAs } } = session;
  return {
    type: BmpPeerType.global,
    ribKind,
    twoOctetAsPath: !fourOctetAs,
    filtered: false,
    distinguisher: 0n,
    address: remoteAddress,
    asn: remoteAsn,
    bgpId: remoteRouterId,
    ...timeOf(at),
  };
}

function timeOf(at: Millis): { seconds: number; microseconds: number } {
  return { seconds: Math.floor(at / 1000), microseconds: Math.floor(at % 1000 * 1000) };
}

function setTime(bytes: Uint8Array, offset: number, at: Millis): void {
  const { seconds, microseconds } = timeOf(at);
  writeUint32(bytes, offset, seconds);
  writeUint32(bytes, offset + 4, microseconds);
}

function locOpen(asn: Asn, routerId: number): Open {
  const entries = maskIds(allFamilies).map((id) => familyOf(id));
  const capabilities: Capability[] = entries.map(({ afi, safi }) => ({ kind: "multiprotocol", afi, safi }));
  const extended = maskIds(extensibleFamilies).map((id) => ({ ...wireFamily(id), nextHopAfi: 2 }));
  capabilities.push({ kind: "extendedNextHop", entries: extended }, { kind: "extendedMessage" });
  capabilities.push({ kind: "fourOctetAs", asn });
  return { version: 4, asn, holdTimeSeconds: 0, routerId, capabilities };
}

function wireFamily(id: Parameters<typeof familyOf>[0]): { afi: number; safi: number } {
  const { afi, safi } = familyOf(id);
  return { afi, safi };
}

function statisticsOf({ counters }: MonitoredSession): BmpStatistic[] {
  const { routes, advertised, treatAsWithdraw } = counters();
  return [
    { type: Statistic.treatedAsWithdraw, value: BigInt(treatAsWithdraw) },
    ...gauges(Statistic.adjRibIn, Statistic.adjRibInOfFamily, routes),
    ...gauges(Statistic.adjRibOut, Statistic.adjRibOutOfFamily, advertised),
  ];
}

/** A number for all families together, and one for each. */
function gauges(all: number, each: number, counts: ByFamily<number>): BmpStatistic[] {
  const entries = familyEntries(counts);
  const sum = entries.reduce((total, [, count]) => total + count, 0);
  return [
    { type: all, value: BigInt(sum) },
    ...entries.map(([id, count]) => ({ type: each, ...wireFamily(id), value: BigInt(count) })),
  ];
}

/** Why a session ended that was configured or commanded to end, or whose end is not known. */
export const endedByUs = { reason: BmpDownReason.deconfigured, data: new Uint8Array(0) };
