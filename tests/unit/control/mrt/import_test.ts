import assert from "node:assert/strict";
import { mrtCommand } from "../../../../src/control/cli/mrt/mrt.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { StoreReader } from "../../../../src/store/mod.ts";
import { encodeNlriValue, nlriCodec, withNlriValue } from "../../../../src/message/mod.ts";
import { type TableRoute, TableWriter } from "../../../../src/mrt/mod.ts";
import { type FamilyId, limits } from "../../../../src/types/mod.ts";
import { attributes, none, octets, record, u16, u32, update } from "../../mrt/bytes.ts";
import { fakeIo } from "../cli/fake_io.ts";

const prefixes = 900;

/** BGP4MP_MESSAGE_AS4 of 192.0.2.`peer`. */
function message(peer: number, med: number, nlri: Uint8Array): Uint8Array {
  const head = octets(u32(65000), u32(64512), u16(0), u16(1), "c00002", peer, "c000020a");
  return record(16, 4, octets(head, update(none, octets(attributes(4), "800404", u32(med)), nlri)));
}

/** A peer that announces the same prefixes with another MED each time. */
function rounds(count: number): Uint8Array {
  const nlri = octets(...Array.from({ length: prefixes }, (_, i) => octets(24, 10, i >>> 8, i & 255)));
  return octets(...Array.from({ length: count }, (_, round) => message(9, round, nlri)));
}

Deno.test("an import of more changes than may wait has all of them in its history", async () => {
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

Deno.test("an import keeps the best routes and attribute sets of other peers", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-import-" });
  try {
    const info = { name: "bgpd", summary: "", version: "0", commands: [mrtCommand] };
    const files = [
      message(9, 1, octets(24, 10, 0, 0, 24, 10, 0, 1)),
      message(8, 2, octets(24, 10, 0, 1, 24, 10, 0, 2)),
      message(7, 3, octets(24, 10, 0, 3)),
    ];
    for (const [i, file] of files.entries()) {
      await Deno.writeFile(`${folder}/updates${i}`, file);
      assert.equal(
        await runProgram(info, ["mrt", "import", `${folder}/updates${i}`, "-d", `${folder}/new.db`], fakeIo()),
        0,
      );
    }
    const reader = new StoreReader(`${folder}/new.db`);
    const rows = (query: string) => [...reader.sql(query).rows].map((row) => row.join(" "));
    assert.deepEqual(rows("SELECT prefix, peer FROM loc_rib ORDER BY prefix"), [
      "10.0.0.0/24 192.0.2.9",
      "10.0.1.0/24 192.0.2.8",
      "10.0.2.0/24 192.0.2.8",
      "10.0.3.0/24 192.0.2.7",
    ]);
    assert.deepEqual(rows("SELECT count(*) FROM rib"), ["5"]);
    assert.deepEqual(rows("SELECT count(*) FROM attributes WHERE retired_at IS NOT NULL"), ["0"]);
    reader.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("RFC 6396 §4.3.3: VPN, labelled and FlowSpec routes are imported, and exported as they were", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-import-" });
  try {
    const info = { name: "bgpd", summary: "", version: "0", commands: [mrtCommand] };
    const writer = new TableWriter(1_700_000_000_000);
    const route = (label: number | undefined, hop = "c0000209"): TableRoute => ({
      peerIndex: 0,
      pathId: -1,
      receivedAt: 1_700_000_000_000,
      set: withNlriValue(
        octets("40010100 40020602010000fde8 4003", hop.length / 2, hop),
        label === undefined ? none : encodeNlriValue({ labels: [label << 4 | 1] }),
      ),
    });
    const nlri = (family: FamilyId, text: string, each: TableRoute) => {
      const key = nlriCodec(family)!.parse(text);
      assert.ok(key instanceof Uint8Array);
      return writer.nlri(family, key, [each]);
    };
    const file = octets(
      writer.peerIndex(0, "", [{ address: octets("c0000209"), asn: 65000, routerId: 9 }]),
      ...nlri(5, "198.51.100.0/24", route(3)),
      ...nlri(7, "65000:1 192.0.2.0/24", route(16)),
      ...nlri(7, "65000:2 192.0.2.0/24", route(17)),
      ...nlri(9, "destination 192.0.2.1/32 protocol =udp", route(undefined, "")),
    );
    await Deno.writeFile(`${folder}/in.mrt`, file);
    const run = (...args: string[]) => runProgram(info, ["mrt", ...args], fakeIo());
    assert.equal(await run("import", `${folder}/in.mrt`, "-d", `${folder}/new.db`), 0);
    const reader = new StoreReader(`${folder}/new.db`);
    const rows = (query: string) => [...reader.sql(query).rows].map((row) => row.join(" "));
    assert.deepEqual(rows("SELECT rd, prefix, labels, best FROM vpn ORDER BY rd"), [
      "65000:1 192.0.2.0/24 16 1",
      "65000:2 192.0.2.0/24 17 1",
    ]);
    assert.deepEqual(rows("SELECT prefix, labels FROM labeled"), ["198.51.100.0/24 3"]);
    assert.deepEqual(rows("SELECT rule FROM flowspec"), ["destination 192.0.2.1/32 protocol =udp"]);
    reader.close();
    assert.equal(await run("export", `${folder}/out.mrt`, "-d", `${folder}/new.db`), 0);
    const lines = async (name: string) => {
      const io = fakeIo();
      assert.equal(await runProgram(info, ["mrt", "show", `${folder}/${name}`], io), 0);
      return io.output.split("\n").map((line) => line.split("|").slice(2).join("|"));
    };
    assert.deepEqual(await lines("out.mrt"), await lines("in.mrt"));
    assert.equal((await lines("out.mrt")).length, 5);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
