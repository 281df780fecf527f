/** A RIB and the database behind it, in virtual time: what routers report is written as the daemon writes it. */
import { createStoreBatch, Rib, type RouterFact, type RouterTerms } from "../../src/rib/mod.ts";
import { StoreWriter } from "../../src/store/mod.ts";
import { Database, type SqlRow } from "../../src/store/sqlite.ts";

export class Collector {
  now = Date.UTC(2026, 0, 1, 12);
  rib: Rib;
  writer: StoreWriter;
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    this.writer = new StoreWriter(path, { now: () => this.now });
    this.rib = this.#load();
  }

  /** Connects a router, or somebody else, and returns what to do with the connection. */
  connect(connection: number, address = "192.0.2.254", terms: Partial<RouterTerms> = {}) {
    this.rib.routerOpened(connection, { address, staleMs: 60_000, ...terms });
    return {
      send: (...octets: readonly Uint8Array[]): RouterFact[] => {
        const facts = octets.flatMap((each) => this.rib.routerReceived(connection, each));
        this.settle();
        return facts;
      },
      close: (reason = "lost", keep = true) => {
        this.rib.routerClosed(connection, reason, keep);
        this.settle();
      },
    };
  }

  /** Time goes on. */
  pass(ms: number): void {
    this.now += ms;
    this.settle();
  }

  /** Decides and writes until nothing is left. */
  settle(): void {
    while (this.rib.decide());
    const batch = createStoreBatch();
    while (this.rib.fillStore(batch)) {
      this.writer.apply(batch);
      Object.assign(batch, createStoreBatch());
    }
  }

  /** Another run goes on with the database. */
  restart(): void {
    this.writer.close();
    this.now += 1000;
    this.writer = new StoreWriter(this.path, { now: () => this.now });
    this.rib = this.#load();
  }

  sql(text: string): SqlRow[] {
    const db = new Database(this.path, { readOnly: true });
    try {
      return db.prepare(text).all();
    } finally {
      db.close();
    }
  }

  /** The first column of a query, joined by spaces. */
  column(text: string): string {
    return this.sql(text).map(([value]) => String(value)).join(" ");
  }

  close(): void {
    this.writer.close();
  }

  #load(): Rib {
    const { loader } = this.writer;
    const { prefix, set } = loader.lastIds();
    const rib = new Rib({ routerId: 1, now: () => this.now, lastPrefixId: prefix, lastSetId: set });
    rib.loadRouters(loader.routers());
    for (const rows of loader.prefixes()) rib.loadPrefixes(rows);
    for (const { rows, bytes } of loader.nlri()) rib.loadNlri(rows, bytes);
    for (const { rows, bytes } of loader.sets()) rib.loadSets(rows, bytes);
    for (const { peerId, family, rows } of loader.stale()) rib.loadStale(peerId, family, rows);
    loader.forgetHeld();
    loader.retireOrphans(this.now);
    return rib;
  }
}
