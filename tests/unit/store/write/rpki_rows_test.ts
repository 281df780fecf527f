import assert from "node:assert/strict";
import { StoreWriter } from "../../../../src/store/mod.ts";
import { Batch, query, withFolder } from "../fixture.ts";

const noon = 1_704_110_400_000;
const minute = 60_000;
const cache = {
  name: "ams",
  kind: "cache",
  address: "192.0.2.8:323",
  state: "idle",
  version: 1,
  sessionId: 7,
  serial: 42,
  vrps: 2,
  aspas: 0,
  isInUse: true,
  refreshedAt: noon,
  expiresAt: noon + 10 * minute,
  error: undefined,
  errorAt: undefined,
} as const;

Deno.test("vrps shows what counts, vrp_history also what counted, with its times", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const writer = new StoreWriter(path, { now: () => noon });
    writer.apply(
      new Batch().vrps(noon, ["192.0.2.0/24 26 65001", "2001:db8:8000::/33 48 0"])
        .event({ kind: "aspas", at: noon, changes: [{ customer: 65001, providers: [65010, 65020] }] }).batch,
    );
    // What is announced twice counts once.
    writer.apply(new Batch().vrps(noon + minute, ["192.0.2.0/24 26 65001"]).batch);
    const vrps = "SELECT prefix, max_length, asn, family FROM vrps ORDER BY prefix";
    assert.deepEqual(query(path, vrps), [
      ["192.0.2.0/24", 26, 65001, "ipv4 unicast"],
      ["2001:db8:8000::/33", 48, 0, "ipv6 unicast"],
    ]);
    writer.apply(
      new Batch().vrps(noon + 2 * minute, ["192.0.2.0/24 26 65001"], false)
        .event({ kind: "aspas", at: noon + 2 * minute, changes: [{ customer: 65001, providers: [65010] }] }).batch,
    );
    assert.deepEqual(query(path, vrps), [["2001:db8:8000::/33", 48, 0, "ipv6 unicast"]]);
    assert.deepEqual(query(path, "SELECT prefix, from_ms, to_ms FROM vrp_history ORDER BY prefix"), [
      ["192.0.2.0/24", noon, noon + 2 * minute],
      ["2001:db8:8000::/33", noon, 253_402_300_799_999],
    ]);
    assert.deepEqual(query(path, "SELECT providers, from_ms, to_ms FROM aspa_history ORDER BY from_ms"), [
      ["65010 65020", noon, noon + 2 * minute],
      ["65010", noon + 2 * minute, 253_402_300_799_999],
    ]);
    writer.close();
  }));

Deno.test("VRPs and ASPAs that ceased to count before the history begins are deleted, and no others", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const day = 86_400_000;
    let now = noon;
    const writer = new StoreWriter(path, { now: () => now, history: { days: 2, maxMegabytes: 100 } });
    const aspa = (at: number, providers: readonly number[]) =>
      new Batch().event({ kind: "aspas", at, changes: [{ customer: 65001, providers }] }).batch;
    writer.apply(new Batch().vrps(noon, ["192.0.2.0/24 26 65001", "198.51.100.0/24 24 65002"]).batch);
    writer.apply(aspa(noon, [65010]));
    writer.apply(new Batch().vrps(noon + minute, ["192.0.2.0/24 26 65001"], false).batch);
    writer.apply(aspa(noon + minute, [65020]));
    const left = () => [
      query(path, "SELECT prefix FROM vrp_history ORDER BY prefix").flat(),
      query(path, "SELECT providers FROM aspa_history ORDER BY from_ms").flat(),
    ];
    now += 1.9 * day;
    while (writer.cleanup(100));
    assert.deepEqual(left(), [["192.0.2.0/24", "198.51.100.0/24"], ["65010", "65020"]]);
    now += 1.1 * day;
    while (writer.cleanup(100));
    assert.deepEqual(left(), [["198.51.100.0/24"], ["65020"]]);
    writer.close();
  }));

Deno.test("a restart ends what is not announced again, and begins nothing anew", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const first = new StoreWriter(path, { now: () => noon });
    first.apply(new Batch().vrps(noon, ["192.0.2.0/24 24 65001", "198.51.100.0/24 24 65002"]).batch);
    first.close();
    const second = new StoreWriter(path, { now: () => noon + minute });
    second.apply(new Batch().vrps(noon + minute, ["192.0.2.0/24 24 65001"]).batch);
    const rows = "SELECT prefix, from_ms FROM vrp_history WHERE to_ms = 253402300799999 ORDER BY prefix";
    assert.deepEqual(query(path, rows), [["192.0.2.0/24", noon], ["198.51.100.0/24", noon]]);
    second.apply(new Batch().event({ kind: "rpkiComplete", at: noon + 2 * minute }).batch);
    assert.deepEqual(query(path, rows), [["192.0.2.0/24", noon]]);
    // Later ends of changes say nothing about earlier runs.
    second.apply(new Batch().vrps(noon + 3 * minute, ["203.0.113.0/24 24 65003"]).batch);
    second.apply(new Batch().event({ kind: "rpkiComplete", at: noon + 4 * minute }).batch);
    assert.equal(query(path, rows).length, 2);
    second.close();
  }));

Deno.test("the state of a cache is written often, its data seldom; the next run gets the data with their serial", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const timing = { refresh: 60, retry: 10, expire: 600 };
    const writer = new StoreWriter(path, { now: () => noon });
    writer.rpkiSources.put([{ ...cache, data: { octets: Uint8Array.of(1, 2, 3), timing } }], []);
    writer.writePeers();
    // The serial of the row belongs to the data, which are older than the state.
    writer.rpkiSources.put([{ ...cache, serial: 43, vrps: 3 }], []);
    writer.writePeers();
    assert.deepEqual(query(path, "SELECT name, kind, state, serial, vrps FROM rpki_sources"), [
      ["ams", "cache", "idle", 42, 3],
    ]);
    writer.close();
    const next = new StoreWriter(path, { now: () => noon });
    assert.deepEqual(next.rpkiSources.names(), ["ams"]);
    assert.deepEqual(next.rpkiSources.saved(), [{
      name: "ams",
      version: 1,
      sessionId: 7,
      serial: 42,
      timing,
      refreshedAt: noon,
      expiresAt: noon + 10 * minute,
      data: Uint8Array.of(1, 2, 3),
    }]);
    next.rpkiSources.put([{ ...cache, data: null }], []);
    next.writePeers();
    assert.deepEqual(next.rpkiSources.saved(), []);
    next.rpkiSources.put([], ["ams"]);
    next.writePeers();
    assert.deepEqual(next.rpkiSources.names(), []);
    next.close();
  }));

Deno.test("data that wait for their transaction keep their serial, whatever the state says meanwhile", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const timing = { refresh: 60, retry: 10, expire: 600 };
    const writer = new StoreWriter(path, { now: () => noon });
    const data = { octets: Uint8Array.of(1, 2, 3), timing };
    writer.rpkiSources.put([{ ...cache, data }], []);
    writer.rpkiSources.put([{ ...cache, serial: 43, sessionId: 8, version: 2, vrps: 3 }], []);
    writer.writePeers();
    const columns = "SELECT version, session_id, serial, vrps, hex(data) FROM rpki_sources";
    assert.deepEqual(query(path, columns), [[1, 7, 42, 3, "010203"]]);
    // Negative: newer data bring their own serial.
    writer.rpkiSources.put([{ ...cache, serial: 43, data }], []);
    writer.rpkiSources.put([{ ...cache, serial: 44, data: { octets: Uint8Array.of(4), timing } }], []);
    writer.writePeers();
    assert.deepEqual(query(path, columns), [[1, 7, 44, 2, "04"]]);
    writer.close();
  }));
