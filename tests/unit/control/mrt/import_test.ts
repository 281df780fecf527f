import assert from "node:assert/strict";
import { mrtCommand } from "../../../../src/control/cli/mrt.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { StoreReader } from "../../../../src/store/mod.ts";
import { limits } from "../../../../src/types/mod.ts";
import { attributes, none, octets, record, u16, u32, update } from "../../mrt/bytes.ts";
import { fakeIo } from "../fake_io.ts";

const prefixes = 900;

/** BGP4MP_MESSAGE_AS4 of a peer that announces the same prefixes with another MED each time. */
function rounds(count: number): Uint8Array {
  const nlri = octets(...Array.from({ length: prefixes }, (_, i) => octets(24, 10, i >>> 8, i & 255)));
  const head = octets(u32(65000), u32(64512), u16(0), u16(1), "c0000209", "c000020a");
  return octets(...Array.from({ length: count }, (_, round) => {
    const set = octets(attributes(4), "800404", u32(round));
    return record(16, 4, octets(head, update(none, set, nlri)));
  }));
}

Deno.test("an import of more changes than may wait for the database has them all in its history", async () => {
  const count = Math.ceil(1.1 * limits.historyRows / prefixes);
  const folder = await Deno.makeTempDir({ prefix: "bgpd-import-" });
  try {
    const piece = rounds(count);
    await Deno.writeFile(`${folder}/updates`, piece);
    const io = fakeIo();
    const args = ["mrt", "import", `${folder}/updates`, "-d", `${folder}/new.db`];
    assert.equal(await runProgram({ name: "bgpd", summary: "", version: "0", commands: [mrtCommand] }, args, io), 0);
    const reader = new StoreReader(`${folder}/new.db`);
    const value = (query: string) => Number([...reader.sql(query).rows][0]![0]);
    assert.equal(value("SELECT count(*) FROM history_gaps"), 0);
    assert.equal(value("SELECT count(*) FROM history"), (count - 1) * prefixes);
    assert.equal(value("SELECT count(*) FROM rib WHERE med = (SELECT max(med) FROM attributes)"), prefixes);
    reader.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
