/**
 * `bgpd mrt import`: fills a database as if bgpd had a session with each peer of the file. The RIB and the store of
 * the daemon do the work.
 */

import { MessageType, messageType } from "../../message/mod.ts";
import type { MrtPeer } from "../../mrt/mod.ts";
import { clearStoreBatch, createStoreBatch, Rib, type RibFact } from "../../rib/mod.ts";
import type { Negotiated } from "../../session/mod.ts";
import type { StoreWriter } from "../../store/mod.ts";
import {
  canonicalAddress,
  formatIpv4Number,
  ipv4Families,
  limits,
  maskIds,
  parseAddress,
  parseZonedAddress,
} from "../../types/mod.ts";
import { isReceivedUpdate, type PeerCount } from "./census.ts";
import { Converter } from "./convert.ts";
import { isSelected, type Selection } from "./selection.ts";
import type { MrtContent, MrtSource } from "./source.ts";

/** How many history entries may wait for the database. More than the limit would become a gap of the history. */
const mostWaiting = limits.historyRows / 4;

/** The number of this state in BGP4MP_STATE_CHANGE records (RFC 6396 §4.4.1). */
const ESTABLISHED = 6;

export interface ImportOptions {
  readonly selection: Selection;
  readonly now: () => number;
  readonly version?: string;
  /** Called after each chunk and each batch. */
  readonly step: () => void;
}

export interface ImportResult {
  readonly peers: number;
  readonly routes: number;
  readonly updates: number;
  readonly notes: readonly string[];
  /**
   * Peers of the database that the file does not have. Their routes stay, but the decision process does not compare
   * them.
   */
  readonly others: number;
}

/** A peer of the file in the RIB. Peers of the file with the same address are one peer. */
interface ImportPeer {
  readonly id: number;
  readonly address: string;
  readonly negotiated: Negotiated;
  readonly localAddress: string;
  readonly converter: Converter;
  hasTable: boolean;
  epoch: number;
  isUp: boolean;
}

export async function importFile(
  source: MrtSource,
  census: readonly PeerCount[],
  writer: StoreWriter,
  options: ImportOptions,
): Promise<ImportResult> {
  const importer = new Importer(source, writer, options);
  importer.addPeers(census.filter(({ peer }) => isSelected(options.selection, peer)));
  for await (const items of source.items()) {
    for (const item of items) importer.take(item);
    importer.decide();
    options.step();
  }
  return importer.finish();
}

class Importer {
  readonly #source: MrtSource;
  readonly #writer: StoreWriter;
  readonly #options: ImportOptions;
  readonly #rib: Rib;
  readonly #byNumber: (ImportPeer | undefined)[] = [];
  readonly #byAddress = new Map<string, ImportPeer>();
  /**
   * True: the database was empty, so routes get the times of the file. In a used database they would be older than
   * its rows.
   */
  readonly #useFileTime: boolean;
  #time = 0;
  #updates = 0;
  /** True until the first update. The routes of a table create no history entries; updates may. */
  #isTable = true;
  /** The number of announcements and withdraws at the last write to the database. */
  #written = 0;

  constructor(source: MrtSource, writer: StoreWriter, options: ImportOptions) {
    this.#source = source;
    this.#writer = writer;
    this.#options = options;
    const { loader } = writer;
    const { prefix, set } = loader.lastIds();
    this.#useFileTime = prefix === 0;
    const now = () => this.#useFileTime ? this.#time : options.now();
    this.#rib = new Rib({ routerId: 0, now, lastPrefixId: prefix, lastSetId: set });
  }

  addPeers(census: readonly PeerCount[]): void {
    const byAddress = new Map<string, PeerCount[]>();
    for (const count of census) {
      const address = canonicalAddress(count.peer.address)!;
      byAddress.set(address, [...byAddress.get(address) ?? [], count]);
    }
    for (const [address, counts] of byAddress) {
      // A peer that only has state changes is not imported.
      if (counts.every(({ entries, updates }) => entries + updates === 0)) continue;
      const peer = this.#addPeer(address, counts);
      this.#byAddress.set(address, peer);
      for (const count of counts) this.#byNumber[count.peer.number] = peer;
    }
    this.#load();
  }

  #addPeer(address: string, counts: readonly PeerCount[]): ImportPeer {
    const main = counts.reduce((a, b) => b.entries + b.updates > a.entries + a.updates ? b : a);
    const { peer: { asn, routerId }, localAsn } = main;
    const id = this.#writer.peers.upsert({ name: address, remoteIp: address, remoteAs: asn, description: undefined });
    this.#rib.addPeer({ id, address: parseAddress(address)! });
    const either = (pick: (count: PeerCount) => number) => counts.reduce((mask, count) => mask | pick(count), 0);
    const negotiated: Negotiated = {
      // A table has the LOCAL_PREF of its router. An eBGP session has no LOCAL_PREF.
      internal: localAsn === undefined || localAsn === asn,
      fourOctetAs: !counts.every(({ twoOctetAs }) => twoOctetAs),
      families: either((count) => count.families),
      addPathReceive: either((count) => count.addPath),
      addPathSend: either((count) => count.addPath),
      extendedNextHop: ipv4Families,
      maxMessageBytes: limits.extendedMessageBytes,
      localAsn: localAsn ?? 0,
      remoteAsn: asn,
      remoteRouterId: routerId,
      holdTimeSeconds: 0,
      keepaliveSeconds: 0,
      routeRefresh: false,
      enhancedRouteRefresh: false,
      remoteCapabilities: [],
      localCapabilities: [],
    };
    const converter = new Converter(negotiated, this.#source.problems);
    const localAddress = main.localAddress ?? (address.includes(":") ? "::" : "0.0.0.0");
    const hasTable = counts.some(({ entries }) => entries > 0);
    return { id, address, negotiated, localAddress, converter, hasTable, epoch: 0, isUp: false };
  }

  /** Loads the rows that the database already has. */
  #load(): void {
    const { loader } = this.#writer;
    for (const rows of loader.prefixes()) this.#rib.loadPrefixes(rows);
    for (const { rows, bytes } of loader.nlri()) this.#rib.loadNlri(rows, bytes);
    for (const { rows, bytes } of loader.sets()) this.#rib.loadSets(rows, bytes);
    // The routes of other peers are loaded as routes of an earlier run: they keep their attribute sets, and a best
    // route stays best if no peer of the file announces its prefix.
    const known = new Set([0, ...[...this.#byAddress.values()].map(({ id }) => id)]);
    for (const { id, remoteIp } of this.#writer.peers.others([...known])) {
      this.#rib.addPeer({ id, address: parseZonedAddress(remoteIp ?? "") ?? new Uint8Array(4) });
    }
    for (const { peerId, family, rows } of loader.stale()) this.#rib.loadStale(peerId, family, rows);
    loader.retireOrphans(this.#options.now());
  }

  take(item: MrtContent): void {
    const peer = this.#byNumber[item.peer.number] ?? this.#peerOf(item.peer);
    if (peer === undefined) return;
    this.#time = Math.max(this.#time, Math.floor(item.time));
    if (item.kind === "state") {
      if (item.from === ESTABLISHED && item.to !== ESTABLISHED) this.#down(peer);
      return;
    }
    if (item.kind === "message" && !isReceivedUpdate(item)) {
      // A new OPEN starts a new session, even if the file has no end of the old one.
      if (!item.sent && messageType(item.bytes, 0) === MessageType.open) this.#down(peer);
      return;
    }
    if (!peer.isUp) this.#up(peer);
    const bytes = item.kind === "entry" ? peer.converter.entry(item) : peer.converter.update(item);
    this.#updates++;
    this.#isTable &&= item.kind === "entry";
    if (bytes !== undefined) this.#ingest(peer, bytes);
  }

  /** Call it after each chunk of the file. */
  decide(): void {
    this.#rib.decide();
    const changes = this.#changes();
    if (!this.#isTable && changes - this.#written < mostWaiting) return;
    this.#written = changes;
    if (!this.#isTable) this.#write();
  }

  /** The number of announcements and withdraws of all peers. */
  #changes(): number {
    return [...this.#byAddress.values()].reduce((sum, { id }) => {
      const { announced, withdrawn } = this.#rib.counters(id);
      return sum + announced + withdrawn;
    }, 0);
  }

  finish(): ImportResult {
    for (const peer of this.#byAddress.values()) {
      if (!peer.hasTable || !peer.isUp) continue;
      for (const family of maskIds(peer.negotiated.families)) this.#ingest(peer, peer.converter.endOfRib(family));
    }
    this.#rib.decide();
    this.#write();
    let routes = 0;
    for (const { id, negotiated } of this.#byAddress.values()) {
      const counters = this.#rib.counters(id);
      routes += Object.values(counters.routes).reduce((a, b) => a + b, 0);
      const { updates, announced, withdrawn, treatAsWithdraw, attributeDiscards } = counters;
      this.#writer.peers.statistics(id, {
        updates,
        announced,
        withdrawn,
        treatAsWithdraw,
        attributeDiscards,
        routes: counters.routes,
      });
      this.#writer.peers.state(id, {
        state: "Idle",
        since: this.#time,
        routerId: negotiated.remoteRouterId === 0 ? undefined : formatIpv4Number(negotiated.remoteRouterId),
        remoteAs: negotiated.remoteAsn,
        localAs: negotiated.localAsn === 0 ? undefined : negotiated.localAsn,
        families: negotiated.families,
      });
    }
    this.#writer.writePeers();
    this.#writer.indexes.buildAll();
    this.#writer.file.checkpoint();
    const ids = [...this.#byAddress.values()].map(({ id }) => id);
    const others = this.#writer.peers.others(ids).length;
    return { peers: ids.length, routes, updates: this.#updates, notes: this.#writer.notes, others };
  }

  /** A peer that the census did not have: the file grew while it was read. */
  #peerOf(peer: MrtPeer): ImportPeer | undefined {
    const known = this.#byAddress.get(canonicalAddress(peer.address)!);
    if (known !== undefined) this.#byNumber[peer.number] = known;
    return known;
  }

  #up(peer: ImportPeer): void {
    peer.isUp = true;
    this.#rib.sessionUp(peer.id, ++peer.epoch, {
      negotiated: peer.negotiated,
      localAddress: parseAddress(peer.localAddress)!,
      remoteAddress: parseAddress(peer.address)!,
    });
  }

  #down(peer: ImportPeer): void {
    if (!peer.isUp) return;
    peer.isUp = false;
    this.#rib.sessionDown(peer.id, peer.epoch);
  }

  #ingest(peer: ImportPeer, bytes: Uint8Array): void {
    for (const fact of this.#rib.ingest(peer.id, peer.epoch, bytes)) this.#report(peer, fact);
  }

  #report(peer: ImportPeer, fact: RibFact): void {
    if (fact.kind === "fault") this.#source.problems.fault(fact.fault);
    if (fact.kind !== "sessionReset") return;
    this.#source.problems.sessionEnds(
      `${peer.address}: ${fact.text}: the session would end here; its routes are removed`,
    );
    this.#down(peer);
  }

  #write(): void {
    const batch = createStoreBatch();
    while (this.#rib.fillStore(batch)) {
      this.#writer.apply(batch);
      clearStoreBatch(batch);
      this.#options.step();
    }
  }
}
