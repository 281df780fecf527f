/** A search in slices finds what the whole search finds, once each, whatever the size of its slices is. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type RouteCursor, type RouteFilter, type RouteRow, StoreError, WebReader } from "../../../../src/store/mod.ts";
import { mixedTable, smallTable, withWriter } from "../fixture.ts";

const name = ({ peer, family, nlri, prefix, pathId, rd }: RouteRow) =>
  [peer, family, rd ?? "", nlri ?? prefix, pathId ?? ""].join(" ");

/** All rows, by slices of this size; each slice is asked anew, with the cursor as a client sends it back. */
function bySlices(reader: WebReader, filter: RouteFilter, most: number): { rows: string[]; slices: number } {
  const rows: string[] = [];
  let slices = 0;
  let after: RouteCursor | undefined;
  while (slices < 1_000) {
    const [slice] = reader.routeSlices(filter, { after, most });
    slices++;
    if (slice === undefined) break;
    rows.push(...slice.rows.map(name));
    if (slice.next === undefined) break;
    after = JSON.parse(JSON.stringify(slice.next));
  }
  return { rows, slices };
}

const filters: readonly RouteFilter[] = [
  {},
  { best: true },
  { received: true },
  { rejected: true },
  { peer: "192.0.2.1" },
  { peer: "nobody" },
  { family: "ipv4 unicast" },
  { family: "ipv6 unicast", best: true },
  { family: "ipv4 vpn" },
  { family: "evpn" },
  { family: "ipv4 unicast", peer: "2001:db8::2" },
  { originAs: 65010 },
  { originAs: 65010, best: true },
  { originAs: 1 },
  { asPath: "_65010$" },
  { asPath: "_65010$", peer: "192.0.2.1" },
  { community: "65000:1" },
  { community: "no-export" },
  { prefix: "10.0.0.0/8" },
  { prefix: "10.0.0.0/8", longer: true },
  { prefix: "10.0.0.0/8", longer: true, asPath: "_65010$" },
  { prefix: "2001:db8::/32", longer: true },
  { prefix: "0.0.0.0/0", longer: true },
  { prefix: "::/0", longer: true },
  { address: "10.1.2.3" },
  { rd: "65000:1" },
  { ovs: "invalid" },
];

for (const [table, fill] of Object.entries({ small: smallTable, mixed: mixedTable })) {
  Deno.test(`slices of any size find what the whole search finds, each route once: the ${table} table`, () =>
    withWriter((writer, path) => {
      writer.apply(fill().batch);
      writer.indexes.buildAll();
      const reader = new WebReader(path);
      try {
        let found = 0;
        for (const filter of filters) {
          const whole = [...reader.routes(filter)].map(name).sort();
          found += whole.length;
          for (const most of [1, 2, 3, 100]) {
            const { rows } = bySlices(reader, filter, most);
            assert.deepEqual(rows.sort(), whole, `${JSON.stringify(filter)} by ${most}`);
          }
        }
        assert.ok(found > 20, `the filters find only ${found} routes`);
        assert.ok(bySlices(reader, {}, 1).slices > 1, "a slice of one row is not the whole table");
      } finally {
        reader.close();
      }
    }));
}

Deno.test("between two slices no statement is open: another connection can empty the log", () =>
  withWriter((writer, path) => {
    writer.apply(mixedTable().batch);
    writer.indexes.buildAll();
    const reader = new WebReader(path);
    const other = new DatabaseSync(path);
    const isBusy = () => {
      writer.peers.upsert({ name: crypto.randomUUID(), remoteIp: "192.0.2.9", remoteAs: 65009 });
      return other.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"];
    };
    try {
      // The whole search is one statement, which does hold the log.
      const whole = reader.routes({});
      whole.next();
      assert.equal(isBusy(), 1);
      whole.return();
      for (const filter of filters) {
        const slices = reader.routeSlices(filter, { most: 1 });
        slices.next();
        assert.equal(isBusy(), 0, JSON.stringify(filter));
      }
    } finally {
      other.close();
      reader.close();
    }
  }));

Deno.test("a malformed cursor is refused", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    const reader = new WebReader(path);
    try {
      for (
        const [filter, after] of [
          [{}, ["x"]],
          [{}, [-1]],
          [{}, [9]],
          [{}, [0, "1; DROP"]],
          [{ originAs: 65010 }, [0, 1.5]],
          [{ family: "ipv4 unicast" }, [0, 0, "a", "b", "c", "d"]],
        ] as const
      ) {
        assert.throws(() => [...reader.routeSlices(filter, { after, most: 10 })], StoreError, JSON.stringify(after));
      }
    } finally {
      reader.close();
    }
  }));
