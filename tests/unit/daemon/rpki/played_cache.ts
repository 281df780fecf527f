/** RPKI caches without sockets, for tests of the daemon: each has VRPs, can be away, and can send nonsense. */
import type { RpkiCacheSettings } from "../../../../src/config/mod.ts";
import { silentLog } from "../../../../src/daemon/log/log.ts";
import { CacheClients } from "../../../../src/daemon/rpki/rpki_caches.ts";
import { RpkiOutbox } from "../../../../src/daemon/rpki/rpki_outbox.ts";
import { decodePdu, encodePdu, type Pdu, type PduBody, type RtrVersion, vrpStride } from "../../../../src/rpki/mod.ts";
import type { RpkiSourceRow, SavedRpkiCache } from "../../../../src/store/mod.ts";
import type { Connection } from "../../../../src/transport/mod.ts";
import { Random } from "../../../simulation/random.ts";
import { VirtualClock } from "../../../simulation/virtual_clock.ts";
import { endOfData, response, vrp } from "../../../support/rtr_rig.ts";

/** Seconds, as the cache gives them. */
const timing = { refresh: 60, retry: 30, expire: 600 };

export class PlayedCache {
  /** VRPs as "192.0.2.0/24-26 64496". */
  vrps: string[] = [];
  serial = 1;
  isAway = false;
  /** It answers each query with these octets. */
  nonsense: Uint8Array | undefined;
  readonly queries: string[] = [];
  #end: (() => void) | undefined;

  dial(): Promise<Connection> {
    if (this.isAway) return Promise.reject(new Error("connection refused"));
    const ready: Uint8Array[] = [];
    let wake = () => {};
    let isOpen = true;
    const close = () => {
      isOpen = false;
      wake();
    };
    this.#end = close;
    return Promise.resolve({
      localAddress: "192.0.2.1",
      localPort: 50000,
      remoteAddress: "192.0.2.8",
      remotePort: 323,
      closed: Promise.resolve(),
      close,
      read: async (into) => {
        while (ready.length === 0 && isOpen) await new Promise<void>((resolve) => wake = resolve);
        const next = ready.shift();
        if (next === undefined) return null;
        into.set(next);
        return next.length;
      },
      write: (bytes) => {
        ready.push(this.#answer(bytes));
        wake();
        return Promise.resolve();
      },
    });
  }

  goAway(): void {
    this.isAway = true;
    this.#end?.();
  }

  #answer(bytes: Uint8Array): Uint8Array {
    const query = decodePdu(bytes) as Pdu;
    this.queries.push(query.kind === "serialQuery" ? `serial ${query.serial}` : query.kind);
    if (query.kind === "errorReport") return new Uint8Array(0);
    if (this.nonsense !== undefined) return this.nonsense;
    const isCurrent = query.kind === "serialQuery" && query.serial === this.serial;
    const bodies: PduBody[] = query.kind === "serialQuery" && !isCurrent
      ? [{ kind: "cacheReset" }]
      : [response(), ...isCurrent ? [] : this.vrps.map((text) => vrp(`+${text}`)), endOfData(this.serial, 7, timing)];
    const chunks = bodies.map((body) => encodePdu({ version: query.version, ...body } as Pdu));
    return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
  }
}

/** The caches of a daemon, in virtual time: what the RIB, the database and the log get. */
export class CacheRig {
  readonly clock = new VirtualClock(new Random(1));
  readonly played = new Map<string, PlayedCache>();
  readonly clients: CacheClients;
  readonly warnings: string[] = [];
  readonly sources = new Map<string, RpkiSourceRow>();
  /** What the database has of each cache for the next run. */
  readonly saved = new Map<string, SavedRpkiCache>();
  /** Ends, and how many VRPs each message to the RIB announces or withdraws. */
  readonly toRib: string[] = [];
  /** How many VRPs count in the RIB. */
  count = 0;

  constructor() {
    const outbox = new RpkiOutbox((message) => {
      if (message.kind !== "rpki") return;
      const { change } = message;
      if (change.kind !== "records") return void this.toRib.push(change.kind);
      let [added, removed] = [0, 0];
      for (let at = 0; at < change.vrps.length; at += vrpStride) change.vrps[at] === 1 ? added++ : removed++;
      this.count += added - removed;
      this.toRib.push(`+${added} -${removed}`);
    });
    this.clients = new CacheClients({
      clock: this.clock,
      log: { ...silentLog, warn: (text) => void this.warnings.push(text) },
      dial: ({ name }) => this.cache(name).dial(),
      outbox,
      store: (rows, gone) => this.#store(rows, gone),
    });
  }

  cache(name: string): PlayedCache {
    const known = this.played.get(name) ?? new PlayedCache();
    this.played.set(name, known);
    return known;
  }

  #store(rows: readonly RpkiSourceRow[], gone: readonly string[]): void {
    for (const row of rows) {
      this.sources.set(row.name, row);
      if (row.data === null) this.saved.delete(row.name);
      else if (row.data !== undefined) {
        const { name, version, sessionId, serial, refreshedAt, expiresAt, data: { octets: data, timing } } = row;
        this.saved.set(name, {
          name,
          version: version as RtrVersion,
          sessionId: sessionId!,
          serial: serial!,
          refreshedAt: refreshedAt!,
          expiresAt: expiresAt!,
          timing,
          data,
        });
      }
    }
    for (const name of gone) this.sources.delete(name);
  }
}

export function cacheSettings(name: string, changes: Partial<RpkiCacheSettings> = {}): RpkiCacheSettings {
  return {
    name,
    socket: { address: "192.0.2.8", port: 323 },
    preference: 0,
    passwordFile: undefined,
    version: 1,
    refreshSeconds: undefined,
    retrySeconds: undefined,
    expireSeconds: undefined,
    ...changes,
  };
}
