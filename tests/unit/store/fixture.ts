/** A database in a temporary folder, and batches as the RIB would fill them. */

import { DatabaseSync } from "node:sqlite";
import {
  type AttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  encodeNlriValue,
  nlriCodec,
  parseAsPath,
} from "../../../src/message/mod.ts";
import { createStoreBatch, type StoreBatch, stride } from "../../../src/rib/mod.ts";
import { VrpRecords } from "../../../src/rpki/mod.ts";
import { StoreWriter, type WriterOptions } from "../../../src/store/mod.ts";
import { Database } from "../../../src/store/sqlite.ts";
import { families, type FamilyId, parseAddress, parsePrefix } from "../../../src/types/mod.ts";

/** The clock of every test: noon of the first day of 2026. */
export const noon = Date.UTC(2026, 0, 1, 12);

export async function withFolder(test: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "bgpd-store-" });
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

export const twoPeers = [
  { name: "192.0.2.1", remoteIp: "192.0.2.1", remoteAs: 65001, description: "first", takesAsSets: true },
  { name: "2001:db8::2", remoteIp: "2001:db8::2", remoteAs: 65002, description: undefined, takesAsSets: true },
];

/** Runs a test on a writer with two peers, 1 = 192.0.2.1 (AS 65001) and 2 = 2001:db8::2 (AS 65002). */
export async function withWriter(
  test: (writer: StoreWriter, path: string) => void | Promise<void>,
  options: Partial<WriterOptions> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    const writer = new StoreWriter(path, { now: () => noon, ...options });
    try {
      for (const peer of twoPeers) writer.announcements.addPeer(peer, writer.peers.upsert(peer));
      await test(writer, path);
    } finally {
      writer.close();
    }
  });
}

export function attributes(asPath: string, nextHop = "192.0.2.1", more: Partial<AttributeSet> = {}): AttributeSet {
  return {
    ...emptyAttributeSet(),
    origin: 0,
    asPath: parseAsPath(asPath)!,
    nextHop: parseAddress(nextHop)!,
    ...more,
  };
}

export class Batch {
  readonly batch: StoreBatch;

  constructor(rows = 200) {
    this.batch = {
      ...createStoreBatch(rows),
      nlri: new Int32Array(rows * stride.nlri),
      nlriBytes: new Uint8Array(1 << 16),
      setBytes: new Uint8Array(1 << 20),
      history: new Float64Array(rows * 7),
    };
  }

  prefix(id: number, text: string, family?: number): this {
    const { octets, length } = parsePrefix(text)!;
    const view = new DataView(octets.buffer, octets.byteOffset);
    const words = [0, 4, 8, 12].map((at) => at < octets.length ? view.getInt32(at) : 0);
    const row = [id, family ?? (octets.length === 4 ? 1 : 2), ...words, length];
    this.batch.prefixes.set(row, this.batch.prefixCount++ * stride.prefixes);
    return this;
  }

  /** A destination that is no plain prefix. */
  nlri(id: number, family: FamilyId, text: string): this {
    const key = nlriCodec(family)!.parse(text);
    if ("error" in key) throw new Error(key.error);
    this.batch.nlri.set([id, family, this.batch.nlriBytesLength, key.length], this.batch.nlriCount++ * stride.nlri);
    this.batch.nlriBytes.set(key, this.batch.nlriBytesLength);
    this.batch.nlriBytesLength += key.length;
    return this;
  }

  set(id: number, set: AttributeSet): this {
    const wire = encodeAttributeSet(set);
    this.batch.setBytes.set(wire, this.batch.setBytesLength);
    this.batch.sets.set([id, this.batch.setBytesLength, wire.length], this.batch.setCount++ * stride.sets);
    this.batch.setBytesLength += wire.length;
    return this;
  }

  route(
    peerId: number,
    prefixId: number,
    attributeId: number,
    more: {
      pathId?: number;
      receivedId?: number;
      ineligible?: number;
      at?: number;
      confirmedAt?: number;
      validity?: number;
    } = {},
  ): this {
    const { pathId = -1, receivedId = 0, ineligible = 0, at = noon, confirmedAt = 0, validity = 0 } = more;
    const row = [peerId, prefixId, pathId, attributeId, receivedId, ineligible, at, confirmedAt, validity];
    this.batch.routes.set(row, this.batch.routeCount++ * stride.routes);
    return this;
  }

  /** VRPs such as "192.0.2.0/24 26 65010" that count from a time on, or no longer. */
  vrps(at: number, texts: readonly string[], isAnnounced = true): this {
    const records = new VrpRecords();
    for (const text of texts) {
      const [prefix, maxLength, asn] = text.split(" ");
      records.pushVrp({ prefix: parsePrefix(prefix!)!, maxLength: Number(maxLength), asn: Number(asn) }, isAnnounced);
    }
    return this.event({ kind: "vrps", at, rows: records.take() });
  }

  best(prefixId: number, peerId: number, more: { pathId?: number; step?: number } = {}): this {
    const row = [prefixId, peerId, more.pathId ?? -1, more.step ?? 1, noon];
    this.batch.best.set(row, this.batch.bestCount++ * stride.best);
    return this;
  }

  history(
    validFrom: number,
    validTo: number,
    peerId: number,
    prefixId: number,
    attributeId: number,
    endedBy = 0,
  ): this {
    const row = [validTo, validFrom, peerId, prefixId, -1, attributeId, endedBy];
    this.batch.history.set(row, this.batch.historyCount++ * stride.history);
    return this;
  }

  retire(id: number): this {
    this.batch.retired[this.batch.retiredCount++] = id;
    return this;
  }

  event(event: StoreBatch["events"][number]): this {
    this.batch.events.push(event);
    return this;
  }
}

/** Two peers, three prefixes of two families, two sets. */
export function smallTable(): Batch {
  return new Batch()
    .prefix(1, "10.0.0.0/8").prefix(2, "10.1.0.0/16").prefix(3, "2001:db8::/32")
    .set(1, attributes("65001 3356 65010", "192.0.2.1", { communities: [65001 * 65536 + 99], med: 5 }))
    .set(2, attributes("65002 {65020,65021}", "2001:db8::2", { localPref: 200, largeCommunities: [[65002, 1, 2]] }))
    .route(1, 1, 1).route(1, 2, 1).route(2, 1, 1, { ineligible: 1 }).route(2, 3, 2)
    .best(1, 1).best(2, 1).best(3, 2, { step: 2 });
}

/** Attributes of a route with MPLS labels. */
export function labelled(asPath: string, labels: readonly number[], more: Partial<AttributeSet> = {}): AttributeSet {
  const value = encodeNlriValue({ labels: labels.map((label) => (label << 4) | 1) });
  return attributes(asPath, "192.0.2.1", { nlriValue: value, ...more });
}

/** Routes of {@link smallTable}, two VPNs with the same prefix, and a labelled route. */
export function mixedTable(): Batch {
  const target = Uint8Array.of(0, 2, 0xfd, 0xe8, 0, 0, 0, 100);
  const table = smallTable();
  table.nlri(11, 7, "65000:1 10.0.0.0/8").nlri(12, 7, "65000:2 10.0.0.0/8").nlri(13, 7, "65000:1 10.1.0.0/16");
  table.nlri(14, 8, "192.0.2.1:7 2001:db8::/32").nlri(15, 5, "10.0.0.0/8");
  return table
    .set(11, labelled("65001 65100", [100, 200], { extCommunities: [target] }))
    .set(12, labelled("65001", [300]))
    .route(1, 11, 11).route(1, 12, 12).route(2, 11, 12, { ineligible: 1 }).route(1, 13, 11).route(1, 14, 12)
    .route(1, 15, 12)
    .best(11, 1).best(12, 1).best(13, 1).best(14, 1).best(15, 1);
}

/** The rows of a query, as another program reads them. */
export function query(path: string, sql: string): unknown[][] {
  const db = new Database(path, { readOnly: true });
  try {
    return db.prepare(sql).all().map((row) => [...row]);
  } finally {
    db.close();
  }
}

/** An empty database as an older version of the schema had it. */
export function createVersion(version: 4 | 5 | 6 | 7 | 8 | 9 | 10, path: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA auto_vacuum = INCREMENTAL");
    db.exec(Deno.readTextFileSync(new URL(`schema_${version}.sql`, import.meta.url)));
    for (const { id, name } of families) db.prepare("INSERT INTO families(id, name) VALUES(?, ?)").run(id, name);
    db.exec(`PRAGMA application_id = 0x62677064; PRAGMA user_version = ${version}`);
  } finally {
    db.close();
  }
}
