/** The store's thread gives the RIB the destinations of an earlier run before their routes. */
import assert from "node:assert/strict";
import { StoreHost } from "../../../../src/daemon/store/store_host.ts";
import { StoreWriter } from "../../../../src/store/mod.ts";
import { noon, smallTable, withFolder } from "../../store/fixture.ts";

Deno.test("destinations that are no plain prefixes are loaded with their ids, and so are the routes to them", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const writer = new StoreWriter(path, { now: () => noon });
    writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" });
    writer.apply(smallTable().nlri(11, 7, "65000:1 10.0.0.0/8").route(1, 11, 1).batch);
    writer.close();
    const host = new StoreHost({ now: () => noon, monotonic: () => noon, toMain() {}, later() {} });
    const peers = [{ name: "192.0.2.1", remoteIp: "192.0.2.1" }];
    host.fromMain({ kind: "open", database: path, version: "test", peers, networks: [] });
    const loaded: string[] = [];
    host.join((message) => {
      if (message.kind === "loadNlri") loaded.push(`nlri ${[...message.rows]} ${message.bytes.length} octets`);
      if (message.kind === "loadStale" && message.family === 7) loaded.push(`route to ${message.rows[0]}`);
    });
    host.fromMain({ kind: "close", restarts: false });
    assert.deepEqual(loaded, ["nlri 11,7,0,10 10 octets", "route to 11"]);
  }));
