/**
 * Files of before 2001, against `bgpdump -m`: messages with 2-octet ASNs in the records of that time (RFC 6396 appendix
 * B.2.1), and the state changes that old Zebras shortened. The messages come from the project's own file, and from a
 * file of 2002 where `../shared/data` is present.
 */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { encodeRecord, MrtFramer, type MrtRecord } from "../../src/mrt/mod.ts";
import { bgpdPath, ensureBgpd } from "../support/bgpd.ts";
import { updates } from "../support/mrt/files.ts";
import { findProgram, run } from "../support/process.ts";
import { hasShared, sharedPath } from "../support/shared_data.ts";

const shared = "mrt/ripe-bgpdump.updates.20020722.2238.gz";
const bgpdump = findProgram("bgpdump");
const required = Deno.env.get("BGPD_REQUIRE_PEERS") === "1";
if (bgpdump === undefined && !required) console.error("SKIPPED: files of before 2001: bgpdump is not installed");

/** Files with records of today, unpacked. */
const sources = [
  { name: "the project's own file", bytes: () => updates({ asnBytes: 2, addPath: false }).bytes },
  ...hasShared("a file of 2002", shared)
    ? [{ name: "a file of 2002", bytes: () => new Uint8Array(gunzipSync(Deno.readFileSync(sharedPath(shared)))) }]
    : [],
];

/**
 * Two slips of bgpdump with these records: for a prefix that is withdrawn it prints the peer's address, and it leaves
 * out the bar between MED and communities. Ours have the fields that lines of BGP4MP have.
 */
function asBgpdump(line: string): string {
  const all = line.split("|");
  if (all[0] !== "BGP" || all[2] === "STATE") return line;
  if (all[2] === "W") return [...all.slice(0, 5), `${all[3]}/${all[5]!.split("/")[1]}`].join("|");
  return [...all.slice(0, 10), all[10]! + all[11]!, ...all.slice(12)].join("|");
}

/** The IPv4 records of a file. */
function* ipv4Records(bytes: Uint8Array): Generator<MrtRecord> {
  const framer = new MrtFramer();
  framer.push(bytes);
  for (let record = framer.next(); record !== undefined; record = framer.next()) {
    if (record.body[7] === 1) yield record;
  }
}

/** Records of today's types in those of then. */
function* older(bytes: Uint8Array): Generator<Uint8Array> {
  for (const { time, subtype, body } of ipv4Records(bytes)) {
    const asns = [body.subarray(0, 2), body.subarray(2, 4)];
    const addresses = [body.subarray(8, 12), body.subarray(12, 16)];
    const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
    if (subtype === 0) {
      yield encodeRecord(time, 5, 3, joined(asns[0]!, addresses[0]!, body.subarray(16)));
      yield encodeRecord(time, 16, 0, joined(asns[0]!, asns[1]!, body.subarray(16)));
    } else if (body[16 + 18] === 2) {
      yield encodeRecord(time, 5, 1, joined(asns[0]!, addresses[0]!, asns[1]!, addresses[1]!, body.subarray(16 + 19)));
    }
  }
}

for (const { name, bytes } of sources) {
  Deno.test({
    name: `messages and state changes of before 2001, from ${name}: line by line as bgpdump prints them`,
    ignore: bgpdump === undefined && !required,
    async fn() {
      assert.ok(bgpdump !== undefined, "bgpdump is not installed");
      await ensureBgpd();
      const folder = await Deno.makeTempDir({ prefix: "bgpd-old-" });
      const lines = async (program: readonly string[], path: string) =>
        (await run(program[0]!, [...program.slice(1), path])).stdout.trim().split("\n");
      const write = async (file: string, records: readonly Uint8Array[]) => {
        await Deno.writeFile(`${folder}/${file}`, Uint8Array.from(records.flatMap((record) => [...record])));
        return `${folder}/${file}`;
      };
      try {
        const today = bytes();
        const old = await write("old.mrt", [...older(today)]);
        const theirs = await lines([bgpdump, "-m"], old);
        const ours = await lines([bgpdPath, "mrt", "show"], old);
        assert.ok(theirs.length > 100 && theirs.some((line) => line.startsWith("BGP|")));
        assert.ok(theirs.some((line) => /^BGP4MP\|\d+\|STATE\|0\.0\.0\.0\|/.test(line)));
        assert.deepEqual(ours.map(asBgpdump), theirs);
        // The prefixes themselves are those of the same messages in today's records.
        const same = [...ipv4Records(today)].map(({ time, type, subtype, body }) =>
          encodeRecord(time, type, subtype, body)
        );
        const routes = (list: readonly string[], format: string) =>
          list.filter((line) => line.startsWith(`${format}|`) && !line.includes("|STATE|"))
            .map((line) => line.slice(format.length));
        assert.deepEqual(
          routes(ours, "BGP"),
          routes(await lines([bgpdump, "-m"], await write("today.mrt", same)), "BGP4MP"),
        );
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
