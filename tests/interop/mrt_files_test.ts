/**
 * Files of other collectors, 2002 to 2022, against `bgpdump -m`: RIPE RIS, RouteViews, BIRD, OpenBGPD and Quagga. Each
 * line of `mrt show` is bgpdump's, but for the differences that stand in {@link files} with their reasons and counts.
 * The project's own files: `mrt_own_files_test.ts`.
 */
import assert from "node:assert/strict";
import { ensureBgpd } from "../support/bgpd.ts";
import { hasShared, sharedPath } from "../support/shared_data.ts";
import { rereadWithPathIds } from "./mrt_lines.ts";
import { assertSameLines, bgpd, bgpdump, dumpedLines, importAndExport, replay, shownLines } from "./mrt_round_trip.ts";

/** A way in which bgpdump's line is not ours, and why ours is right. */
interface Difference {
  readonly why: string;
  /** Our line in the place of bgpdump's; the same where the difference is not in it. */
  rewrite(line: string): string;
}

/** Fields behind the prefix and the path identifier. */
function fields(line: string, change: (rest: string[]) => void): string {
  const all = line.split("|");
  if (!/^[AB]$/.test(all[2]!)) return line;
  const head = all.splice(0, all[0]!.endsWith("_AP") ? 7 : 6);
  change(all);
  return [...head, ...all].join("|");
}

const asPath = 0, origin = 1, nextHop = 2, aggregator = 7;

const noNextHop: Difference = {
  why: "the file has no next hop; bgpdump prints its mark for that, 255.255.255.255, we print nothing",
  rewrite: (line) =>
    fields(line, (rest) => {
      if (rest[nextHop] === "255.255.255.255") rest[nextHop] = "";
    }),
};

const noAttributes: Difference = {
  why: "a route without any attribute, BIRD's own: bgpdump prints INCOMPLETE for an ORIGIN that is not there",
  rewrite: (line) =>
    fields(line, (rest) => {
      if (rest[nextHop] !== "" || rest[asPath] !== "" || rest[origin] !== "INCOMPLETE") return;
      rest[origin] = "";
    }),
};

const aggregatorZero: Difference = {
  why: "AGGREGATOR with AS 0 is malformed and discarded (RFC 7607 §2)",
  rewrite: (line) =>
    fields(line, (rest) => {
      if (rest[aggregator]!.startsWith("0 ")) rest[aggregator] = "";
    }),
};

const wideAggregator: Difference = {
  why: "OpenBGPD wrote AGGREGATOR with a 4-octet ASN beside 2-octet paths: it is malformed (RFC 7606 §7.7) and " +
    "discarded; bgpdump prints the wrong octets of it",
  rewrite: aggregatorZero.rewrite,
};

const unspecifiedNextHop: Difference = {
  why: "the next hop is ::, which is none (RFC 4271 §6.3); we print nothing",
  rewrite: (line) =>
    fields(line, (rest) => {
      if (rest[nextHop] === "::") rest[nextHop] = "";
    }),
};

interface File {
  readonly name: string;
  /** Each with the number of lines it is about. */
  readonly differences?: readonly (readonly [Difference, number])[];
  /** Where whole lines differ, not fields: our lines, from those of bgpdump. */
  readonly expected?: { readonly why: string; lines(bgpdump: string[], ours: string[]): Promise<string[]> | string[] };
  /** So many of our lines are of families that bgpdump passes over: VPN routes. */
  readonly otherFamilies?: number;
  /** Its peers cannot be replayed, and why. */
  readonly noReplay?: string;
}

const undeclaredPathIds = {
  why: "BIRD 1 wrote messages with path identifiers into records without (RFC 8050 came later): bgpdump reads the " +
    "identifiers as prefixes and gives up. The same lab with the right subtype is another file; this one has the " +
    "collector's own network besides",
  twin: (name: string, own: RegExp) => async (bgpdump: string[], ours: string[]) => {
    const fromTime = (line: string) => line.split("|").slice(2).join("|");
    const twin = (await dumpedLines(path(name))).filter((line) => line.includes("|A|")).map(fromTime).sort();
    const here = ours.filter((line) => line.includes("|A|") && !own.test(line)).map(fromTime).sort();
    assert.deepEqual(here, twin);
    const states = (lines: string[]) => lines.filter((line) => line.includes("|STATE|"));
    assert.deepEqual(states(ours), states(bgpdump));
    return ours;
  },
};

const files: readonly File[] = [
  {
    name: "bgpipe.sample-2022.mrt",
    expected: {
      why:
        "one peer's messages have path identifiers their records deny: 0.0.0.0/0 twice in a row is no prefix but the " +
        "high octets of an identifier. bgpdump prints host bits, so its prefixes can be put together and read again",
      lines(bgpdump) {
        const groups = new Map<string, string[]>();
        const expected: string[] = [];
        for (const line of bgpdump) {
          const isGarbled = line.includes("|206.126.236.214|") && line.includes("|A|");
          if (isGarbled && line.includes("|0.0.0.0/0|") && !groups.has("open")) groups.set("open", []);
          const group = groups.get("open");
          if (group === undefined || !isGarbled) {
            expected.push(line);
            continue;
          }
          group.push(line);
          if (group.length < 4) continue;
          expected.push(...rereadWithPathIds(group));
          groups.delete("open");
        }
        assert.equal(bgpdump.length - expected.length, 72);
        return expected;
      },
    },
  },
  { name: "mrtparse.bird-mrtdump_bgp.mrt" },
  { name: "mrtparse.bird-mrtdump_rib.mrt", differences: [[noNextHop, 6], [noAttributes, 6]] },
  { name: "mrtparse.bird6-mrtdump_bgp.mrt" },
  {
    name: "mrtparse.bird6-mrtdump_rib.mrt",
    differences: [[noNextHop, 10], [noAttributes, 4]],
    noReplay: "no route of it has a next hop",
  },
  {
    name: "mrtparse.bird_bgp.mrt",
    expected: {
      why: undeclaredPathIds.why,
      lines: undeclaredPathIds.twin("mrtparse.bird-mrtdump_bgp.mrt", /\|192\.168\.16\.0\/24\|/),
    },
  },
  {
    name: "mrtparse.bird6_bgp.mrt",
    expected: {
      why: undeclaredPathIds.why,
      lines: undeclaredPathIds.twin("mrtparse.bird6-mrtdump_bgp.mrt", /\|fd02:17::\/64\|/),
    },
  },
  { name: "mrtparse.openbgpd_bgp.mrt", otherFamilies: 6 },
  {
    name: "mrtparse.openbgpd_rib_table-mp.mrt",
    expected: {
      why: "BGP4MP_ENTRY, which bgpdump passes over; OpenBGPD's table in another format is another file",
      async lines(bgpdump, ours) {
        assert.equal(bgpdump.length, 0);
        const route = (line: string) => line.split("|").slice(5, 12).join("|");
        const twin = await dumpedLines(path("mrtparse.openbgpd_rib_table.mrt"));
        assert.deepEqual(ours.map(route).sort(), twin.map(route).sort());
        return ours;
      },
    },
  },
  { name: "mrtparse.openbgpd_rib_table-v2.mrt", otherFamilies: 2 },
  { name: "mrtparse.openbgpd_rib_table.mrt", differences: [[wideAggregator, 1]] },
  { name: "mrtparse.quagga_bgp.mrt", otherFamilies: 16 },
  { name: "mrtparse.quagga_rib.mrt" },
  { name: "ripe-bgpdump.bview.20020722.2337.gz", differences: [[aggregatorZero, 8]] },
  { name: "ripe-bgpdump.bview.ipv4_unicast_add_path.gz", differences: [[noNextHop, 2], [noAttributes, 2]] },
  {
    name: "ripe-bgpdump.bview.ipv6_unicast_add_path.gz",
    differences: [[noNextHop, 62], [noAttributes, 2]],
    noReplay: "no route of it has a next hop",
  },
  { name: "ripe-bgpdump.updates.20020722.2238.gz" },
  { name: "ripe-bgpdump.updates.20070211.0141.gz" },
  { name: "ripe-bgpdump.updates.20071015.1505.gz", differences: [[unspecifiedNextHop, 21]] },
  { name: "ripe-bgpdump.updates.20100722.2015.gz" },
  { name: "ripe-bgpdump.updates.20160811.1600.gz" },
  { name: "ris.rrc06.updates.1427846400.gz" },
  { name: "ris.updates.20190101.0000.gz" },
  // Torn on purpose: what precedes the tear is there, as in bgpdump, which does not say so.
  { name: "routeviews.rib.20140523.0600_firstMB-truncated.bz2" },
  { name: "routeviews.route-views.jinx.updates.1427846400.bz2" },
  { name: "rrc15.updates.20100227.1600.gz" },
  { name: "rrc15.updates.20100227.1610.gz" },
];

const required = Deno.env.get("BGPD_REQUIRE_PEERS") === "1";
if (bgpdump === undefined && !required) console.error("SKIPPED: MRT files against bgpdump: it is not installed");
const isHere = hasShared("MRT files", "mrt");

const path = (name: string) => sharedPath(`mrt/${name}`);

for (const file of files) {
  Deno.test({
    name: `${file.name}: shown, imported, exported and replayed as bgpdump reads it`,
    ignore: !isHere || (bgpdump === undefined && !required),
    async fn(t) {
      assert.ok(bgpdump !== undefined, "bgpdump is not installed");
      await ensureBgpd();
      const code = file.name.includes("truncated") ? 1 : 0;
      let lines: string[] = [];
      await t.step("shown", async () => {
        const all = await shownLines(path(file.name), code);
        lines = all.filter((line) => !isOfVpn(line));
        assert.equal(
          all.length - lines.length,
          file.otherFamilies ?? 0,
          "lines of families that bgpdump does not know",
        );
        assertSameLines(lines, await expectedLines(file, lines));
      });
      await t.step(
        "imported and exported",
        () => importAndExport(path(file.name), lines, { code, linesOf: dumpedLines }),
      );
      await t.step({
        name: file.noReplay === undefined ? "replayed" : `not replayed: ${file.noReplay}`,
        ignore: file.noReplay !== undefined,
        fn: () => replay(path(file.name), lines),
      });
    },
  });
}

Deno.test({
  name: "a torn file says where it is torn",
  ignore: !isHere,
  async fn() {
    await ensureBgpd();
    const { code, stderr } = await bgpd(
      "mrt",
      "show",
      "--peers",
      path("routeviews.rib.20140523.0600_firstMB-truncated.bz2"),
    );
    assert.equal(code, 1);
    assert.match(stderr, /damaged at offset 15273283 of the uncompressed data: its bzip2 data end early/);
  },
});

/** The destination has an RD before the prefix. */
function isOfVpn(line: string): boolean {
  return line.split("|")[5]!.includes(" ");
}

async function expectedLines(file: File, ours: string[]): Promise<string[]> {
  const lines = await dumpedLines(path(file.name));
  if (file.expected !== undefined) return await file.expected.lines(lines, ours);
  let rewritten = lines;
  for (const [{ why, rewrite }, count] of file.differences ?? []) {
    let changed = 0;
    rewritten = rewritten.map((line) => {
      const other = rewrite(line);
      if (other !== line) changed++;
      return other;
    });
    assert.equal(changed, count, why);
  }
  return rewritten;
}
