import assert from "node:assert/strict";
import { type ExportResult, exportTable } from "../../../../src/control/mrt/export.ts";
import { createStoreBatch, stride } from "../../../../src/rib/mod.ts";
import { mrtCommand } from "../../../../src/control/cli/mrt/mrt.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { StoreReader } from "../../../../src/store/mod.ts";
import { fakeIo } from "../cli/fake_io.ts";
import { noon, smallDatabase } from "../cli/small_database.ts";

function exported(reader: StoreReader, peer?: string, at?: number): ExportResult {
  const past = at === undefined ? {} : { time: at, past: true };
  const records = exportTable(reader, { time: noon, step: () => {}, ...past, ...(peer === undefined ? {} : { peer }) });
  let next = records.next();
  while (next.done !== true) next = records.next();
  return next.value;
}

Deno.test("a table has the routes of peers, and none of this speaker", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-export-" });
  const writer = smallDatabase(`${folder}/bgpd.db`);
  try {
    const batch = createStoreBatch(4);
    batch.routes.set([0, 1, -1, 1, 0, 0, noon], batch.routeCount++ * stride.routes);
    writer.apply(batch);
    const reader = new StoreReader(`${folder}/bgpd.db`);
    assert.equal([...reader.sql("SELECT count(*) FROM rib WHERE peer = 'local'").rows][0]![0], 1n);
    assert.deepEqual(exported(reader), { peers: 3, prefixes: 3, routes: 4 });
    assert.deepEqual(exported(reader, "127.0.0.2"), { peers: 1, prefixes: 2, routes: 2 });
    assert.deepEqual(exported(reader, "local"), { peers: 0, prefixes: 0, routes: 0 });
    reader.close();
  } finally {
    writer.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a table of a past time has the routes and attributes of that time", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-export-" });
  const writer = smallDatabase(`${folder}/bgpd.db`);
  try {
    const batch = createStoreBatch(4);
    const ended = (from: number, to: number, peer: number, prefix: number) =>
      batch.history.set([to, from, peer, prefix, -1, 2, 1], batch.historyCount++ * stride.history);
    ended(noon - 50, noon - 30, 1, 1);
    ended(noon - 40, noon - 20, 2, 3);
    ended(noon - 40, noon - 20, 0, 2);
    writer.apply(batch);
    const reader = new StoreReader(`${folder}/bgpd.db`);
    const at = (time: number, peer?: string) => exported(reader, peer, time);
    assert.deepEqual(at(noon - 51), { peers: 3, prefixes: 0, routes: 0 });
    assert.deepEqual(at(noon - 40), { peers: 3, prefixes: 2, routes: 2 });
    assert.deepEqual(at(noon - 30), { peers: 3, prefixes: 1, routes: 1 });
    assert.deepEqual(at(noon - 40, "127.0.0.2"), { peers: 1, prefixes: 1, routes: 1 });
    assert.deepEqual(at(noon), exported(reader));
    reader.close();
  } finally {
    writer.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("export into a folder that does not exist: one sentence, exit code 1", async () => {
  const io = fakeIo();
  const info = { name: "bgpd", summary: "", version: "0", commands: [mrtCommand] };
  assert.equal(await runProgram(info, ["mrt", "export", "/nonexistent/table.mrt"], io), 1);
  assert.deepEqual(io.messages, [
    "bgpd: cannot write /nonexistent/table.mrt: there is no folder /nonexistent; make it: mkdir -p /nonexistent",
  ]);
});
