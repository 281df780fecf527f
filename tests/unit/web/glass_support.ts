/** A database with what looking glasses show, and questions to a front. */
import { DatabaseSync } from "node:sqlite";
import { defaultWeb } from "../../../src/config/mod.ts";
import { WebReader } from "../../../src/store/mod.ts";
import { type Context, findRoute, type Front, runRoute } from "../../../src/web/answers/front.ts";
import { attributes, Batch, noon, withWriter } from "../store/fixture.ts";

/** Two peers with a session; the first one has a filtered route of each kind, the second one IPv6 routes as well. */
export function glassTable(): Batch {
  const target = Uint8Array.of(0, 2, 0xfd, 0xe8, 0, 0, 0, 100);
  const unknown = Uint8Array.of(0x43, 0x09, 0, 0, 0, 0, 0, 1);
  const otherPath = attributes("65002 65010", "192.0.2.2");
  return new Batch()
    .prefix(1, "10.0.0.0/8").prefix(2, "10.1.0.0/16").prefix(3, "2001:db8::/32").prefix(4, "203.0.113.0/24")
    .prefix(5, "198.51.100.0/24").prefix(6, "10.1.2.0/24").prefix(7, "fe00::/9").prefix(8, "2001:db8:8000::/33")
    .set(1, attributes("65001 3356 65010", "192.0.2.9", { communities: [65001 * 65536 + 99], med: 5 }))
    .set(2, attributes("65002 {65020,65021}", "2001:db8::2", { localPref: 200, largeCommunities: [[65002, 1, 2]] }))
    .set(3, attributes("65001 65001", "192.0.2.1", { extCommunities: [target, unknown], otc: 65001 }))
    .set(4, attributes("65001 65099", "192.0.2.1", { largeCommunities: [[65001, 7, 7]] }))
    .set(5, otherPath)
    .set(6, attributes("", "192.0.2.254"))
    .route(1, 1, 1, { validity: 1 }).route(1, 2, 3).route(2, 1, 5, { validity: 2 }).route(2, 3, 2).route(2, 7, 2)
    .route(2, 8, 2)
    .route(1, 4, 4, { ineligible: 1 }).route(1, 6, 1, { ineligible: 4_000_000_000, receivedId: 4 })
    .route(1, 5, 4, { ineligible: 9 }).route(0, 5, 6)
    .best(1, 1).best(2, 1).best(3, 2).best(7, 2).best(8, 2).best(5, 0);
}

export const glassState = `
  UPDATE peers SET state = 'Established', state_since = ${noon - 93_784_000}, router_id = '192.0.2.' || id,
    local_as = 65000, local_ip = '192.0.2.254', routes_announced = 9, routes_withdrawn = 2, hold_time = 90,
    peer_group = 'customers' WHERE id = 1;
  UPDATE peers SET state = 'Active', state_since = ${noon - 3_000}, reason = 'connection refused', local_as = 65000
    WHERE id = 2;
  UPDATE peers SET local_as = 65000 WHERE id = 0;
  UPDATE peer_families SET negotiated = 1, routes = 5, accepted = 2, sent = 3 WHERE peer_id = 1 AND family = 1;
  UPDATE peer_families SET negotiated = 1, routes = 1, accepted = 1 WHERE peer_id = 2 AND family = 1;
  UPDATE peer_families SET negotiated = 1, routes = 3, accepted = 3 WHERE peer_id = 2 AND family = 2;
  INSERT OR REPLACE INTO words(kind, id, word) VALUES('ineligible', 4000000000, 'policy "in", rule 1');
  INSERT OR REPLACE INTO daemon(key, value) VALUES('started_at', ${noon - 200_000_000}), ('version', '0.0.0');`;

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks a front as a worker would. */
export type Ask = (url: string) => Promise<Reply>;

/** Runs a test on the database of {@link glassTable}; `change`: SQL that changes it before. */
export function withGlass(
  front: Front,
  test: (ask: Ask, database: string) => Promise<void>,
  change = "",
): Promise<void> {
  return withWriter(async (writer, path) => {
    writer.apply(glassTable().batch);
    writer.indexes.buildAll();
    const db = new DatabaseSync(path);
    db.exec(glassState + change);
    db.close();
    const reader = new WebReader(path);
    try {
      await test((url) => asked(front, reader, url), path);
    } finally {
      reader.close();
    }
  });
}

export async function asked(front: Front, reader: WebReader, url: string): Promise<Reply> {
  const { pathname, searchParams } = new URL(url, "http://bgpd.example");
  const found = findRoute([front], pathname);
  const context = { reader, database: reader.path, version: "0.0.0", settings: defaultWeb, now: () => noon } as Context;
  const { status = 200, headers, body } = found !== undefined && "route" in found
    ? await runRoute(found, { path: pathname, query: searchParams, accept: "*/*" }, context)
    : front.failure(404, `there is no ${pathname}`);
  const parts = typeof body === "string" ? [body] : await Array.fromAsync(body);
  return { status, headers, text: parts.join("") };
}
