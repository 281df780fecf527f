/** A RIB and its database in one thread, fed with the table of the bench. */

import { clearStoreBatch, createStoreBatch, Rib } from "../../src/rib/mod.ts";
import { StoreWriter } from "../../src/store/mod.ts";
import { UpdateEncoder } from "../../src/message/mod.ts";
import { Random } from "./random.ts";
import type { Table } from "./table.ts";
import { encodeChange, encodeTable, updateContext, withdrawn } from "./updates.ts";
import { negotiated } from "../support/negotiated.ts";

export class DatabaseRig {
  readonly writer: StoreWriter;
  readonly rib: Rib;
  readonly table: Table;
  /** Wall-clock time of RIB and database, in ms. */
  now: number;
  /** Time spent, in ms: in the RIB, filling batches, writing them. */
  ribMs = 0;
  fillMs = 0;
  writeMs = 0;
  readonly #batch = createStoreBatch();
  readonly #random = new Random(99);
  readonly #groupOf: Uint32Array;
  #version = 0;

  constructor(path: string, table: Table, history: boolean, now: number) {
    this.table = table;
    this.now = now;
    const clock = () => Math.floor(this.now);
    this.writer = new StoreWriter(path, { now: clock, ...history ? {} : { history: false } });
    this.rib = new Rib({ routerId: 1, now: clock, ...history ? {} : { historyRows: 0 } });
    this.#groupOf = new Uint32Array(table.count);
    for (let group = 0; group < table.origins.length; group++) {
      this.#groupOf.fill(group, table.groups[group]!, table.groups[group + 1]!);
    }
  }

  /** A peer, 192.0.2.`peer`, announces everything. */
  load(peer: number): void {
    const { table, rib, writer } = this;
    writer.peers.upsert({ name: `192.0.2.${peer}`, remoteIp: `192.0.2.${peer}`, remoteAs: 64500 + peer });
    rib.addPeer({ id: peer, address: Uint8Array.of(192, 0, 2, peer) });
    this.up(peer, 1);
    for (const bytes of encodeTable(table, 64500 + peer, table.ipv4Count, table.count - table.ipv4Count)) {
      this.send(peer, 1, bytes);
      this.write();
    }
    writer.peers.state(peer, { state: "Established", since: Math.floor(this.now), families: 0b110 });
    this.write();
  }

  up(peer: number, epoch: number): void {
    const context = updateContext(64500 + peer);
    // The other side of the session: with the AS of the peer as our own, every route would be a loop.
    const agreed = negotiated({ ...context, localAsn: 65000, remoteAsn: 64500 + peer, remoteRouterId: peer });
    this.rib.sessionUp(peer, epoch, {
      negotiated: agreed,
      localAddress: Uint8Array.of(192, 0, 2, 100),
      remoteAddress: Uint8Array.of(192, 0, 2, peer),
    });
  }

  /** So many single-prefix UPDATEs of a peer, one in ten a withdraw, anywhere in the table: `hot` of it changes. */
  changes(peer: number, count: number, hot: number): Uint8Array {
    const encoder = new UpdateEncoder(updateContext(64500 + peer));
    for (let i = 0; i < count; i++) {
      const at = Math.floor(this.#random.below(Math.max(1, Math.floor(this.table.count * hot))) / hot);
      const version = this.#random.chance(10) ? withdrawn : 1 + this.#version++ % 60_000;
      encodeChange(encoder, this.table, at, this.#groupOf[at]!, 64500 + peer, version);
    }
    return encoder.take();
  }

  send(peer: number, epoch: number, bytes: Uint8Array): void {
    const start = performance.now();
    this.rib.ingest(peer, epoch, bytes);
    this.rib.decide();
    this.ribMs += performance.now() - start;
  }

  /** Writes all there is; gives the number of rows. */
  write(): number {
    let rows = 0;
    for (;;) {
      const start = performance.now();
      const more = this.rib.fillStore(this.#batch);
      const filled = performance.now();
      this.fillMs += filled - start;
      if (!more) return rows;
      rows += this.writer.apply(this.#batch).rows;
      clearStoreBatch(this.#batch);
      this.writeMs += performance.now() - filled;
    }
  }
}
