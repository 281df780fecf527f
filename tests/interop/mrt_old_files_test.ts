/**
 * Files of before 2001, against `bgpdump -m`: real messages of 2002, with 2-octet ASNs, put into the records of that time
 * (RFC 6396 appendix B.2.1), and the state changes that old Zebras shortened.
 */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { encodeRecord, MrtFramer } from "../../src/mrt/mod.ts";
import { bgpdPath, ensureBgpd } from "../support/bgpd.ts";
import { findProgram, run } from "../support/process.ts";
import { hasShared, sharedPath } from "../support/shared_data.ts";

const file = "mrt/ripe-bgpdump.updates.20020722.2238.gz";
const bgpdump = findProgram("bgpdump");

const ignore = !hasShared("files of before 2001", file) || bgpdump === undefined;

/**
 * Two slips of bgpdump with these records: for a prefix that is withdrawn it prints the peer's address, and it leaves out the
 * bar between MED and communities. Ours have the fields that lines of BGP4MP have.
 */
function asBgpdump(line: string): string {
  const all = line.split("|");
  if (all[0] !== "BGP" || all[2] === "STATE") return line;
  if (all[2] === "W") return [...all.slice(0, 5), `${all[3]}/${all[5]!.split("/")[1]}`].join("|");
  return [...all.slice(0, 10), all[10]! + all[11]!, ...all.slice(12)].join("|");
}

/** Records of today's types in those of then. */
function* older(bytes: Uint8Array): Generator<Uint8Array> {
  const framer = new MrtFramer();
  framer.push(bytes);
  for (let record = framer.next(); record !== undefined; record = framer.next()) {
    const { time, subtype, body } = record;
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

Deno.test({
  name: "messages and state changes of before 2001: line by line as bgpdump prints them",
  ignore,
  async fn() {
    await ensureBgpd();
    const path = await Deno.makeTempFile({ prefix: "bgpd-old-", suffix: ".mrt" });
    try {
      const records = [...older(gunzipSync(Deno.readFileSync(sharedPath(file))))];
      await Deno.writeFile(path, Uint8Array.from(records.flatMap((record) => [...record])));
      const theirs = (await run(bgpdump!, ["-m", path])).stdout.trim().split("\n");
      const ours = (await run(bgpdPath, ["mrt", "show", path])).stdout.trim().split("\n");
      assert.ok(theirs.length > 500 && theirs.some((line) => line.startsWith("BGP|")));
      assert.ok(theirs.some((line) => /^BGP4MP\|\d+\|STATE\|0\.0\.0\.0\|/.test(line)));
      assert.deepEqual(ours.map(asBgpdump), theirs);
      // The prefixes themselves are those of the same messages in today's records.
      const today = (await run(bgpdump!, ["-m", sharedPath(file)])).stdout.trim().split("\n");
      const routes = (lines: readonly string[], format: string) =>
        lines.filter((line) => line.startsWith(`${format}|`) && !line.includes("|STATE|")).map((line) =>
          line.slice(format.length)
        );
      assert.deepEqual(routes(ours, "BGP"), routes(today, "BGP4MP"));
    } finally {
      await Deno.remove(path);
    }
  },
});
