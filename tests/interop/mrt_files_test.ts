/**
 * Files that nobody here wrote, against `bgpdump -m`: RIPE RIS, RouteViews, BIRD, OpenBGPD and Quagga, 2002 to 2022. Each
 * line of `mrt show` is bgpdump's, but for the differences that stand in {@link files} with their reasons and counts.
 *
 * The same lines, followed to the end of the file, are what `mrt import` leaves in `rib`, what `mrt export` writes, and
 * what a daemon holds after a replay of the file's peers.
 */
import assert from "node:assert/strict";
import { decodeAttributeSet } from "../../src/message/mod.ts";
import { type FamilyMask, formatIpv4Number, maskIds, parseIpv4Number } from "../../src/types/mod.ts";
import { isReceivedUpdate, takeCensus } from "../../src/control/mrt/census.ts";
import { Problems } from "../../src/control/mrt/problems.ts";
import type { Outlet } from "../../src/control/mrt/replay/outgoing.ts";
import { Player, readTable } from "../../src/control/mrt/replay/player.ts";
import { type MrtContent, MrtSource } from "../../src/control/mrt/source.ts";
import { Speaker } from "../../src/control/mrt/replay/speaker.ts";
import { bgpdPath, ensureBgpd, type Row, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { findProgram, run } from "../support/process.ts";
import { hasShared, sharedPath } from "../support/shared_data.ts";
import { waitFor } from "../support/wait.ts";
import { differences, fold, rereadWithPathIds, type State, withCanonicalAddresses } from "./mrt_lines.ts";
import { DatabaseSync } from "node:sqlite";

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
  /** Its peers cannot be replayed, and why. */
  readonly noReplay?: string;
}

const undeclaredPathIds = {
  why: "BIRD 1 wrote messages with path identifiers into records without (RFC 8050 came later): bgpdump reads the " +
    "identifiers as prefixes and gives up. The same lab with the right subtype is another file; this one has the " +
    "collector's own network besides",
  twin: (name: string, own: RegExp) => async (bgpdump: string[], ours: string[]) => {
    const fromTime = (line: string) => line.split("|").slice(2).join("|");
    const twin = (await dump(name)).filter((line) => line.includes("|A|")).map(fromTime).sort();
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
  { name: "mrtparse.openbgpd_bgp.mrt" },
  {
    name: "mrtparse.openbgpd_rib_table-mp.mrt",
    expected: {
      why: "BGP4MP_ENTRY, which bgpdump passes over; OpenBGPD's table in another format is another file",
      async lines(bgpdump, ours) {
        assert.equal(bgpdump.length, 0);
        const route = (line: string) => line.split("|").slice(5, 12).join("|");
        const twin = await dump("mrtparse.openbgpd_rib_table.mrt");
        assert.deepEqual(ours.map(route).sort(), twin.map(route).sort());
        return ours;
      },
    },
  },
  { name: "mrtparse.openbgpd_rib_table-v2.mrt" },
  { name: "mrtparse.openbgpd_rib_table.mrt", differences: [[wideAggregator, 1]] },
  { name: "mrtparse.quagga_bgp.mrt" },
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
const bgpdump = await findProgram("bgpdump");
if (bgpdump === undefined && !required) console.error("SKIPPED: MRT files against bgpdump: it is not installed");
const isHere = hasShared("MRT files", "mrt");

const path = (name: string) => sharedPath(`mrt/${name}`);

for (const file of files) {
  Deno.test({
    name: `${file.name}: shown, imported, exported and replayed as bgpdump reads it`,
    ignore: !isHere || (bgpdump === undefined && !required),
    async fn(t) {
      if (bgpdump === undefined) throw new Error("bgpdump is not installed");
      await ensureBgpd();
      let lines: string[] = [];
      await t.step("shown", async () => {
        lines = await show(path(file.name));
        assertSameLines(lines, await expectedLines(file, lines));
      });
      const folder = await Deno.makeTempDir({ prefix: "bgpd-mrt-" });
      try {
        await t.step("imported and exported", () => importAndExport(file, lines, folder));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
      await t.step({
        name: file.noReplay === undefined ? "replayed" : `not replayed: ${file.noReplay}`,
        ignore: file.noReplay !== undefined,
        fn: () => replay(file, lines),
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
    assert.match(stderr, /torn at offset 15273283 of the unpacked data: its bzip2 data end early/);
  },
});

/** The lines bgpdump prints. */
async function dump(name: string): Promise<string[]> {
  const { stdout } = await run(bgpdump!, ["-m", name.startsWith("/") ? name : path(name)]);
  return stdout.split("\n").filter((line) => line !== "").map(withCanonicalAddresses);
}

async function bgpd(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return await run(bgpdPath, args);
}

async function show(file: string): Promise<string[]> {
  const { code, stdout, stderr } = await bgpd("mrt", "show", file);
  assert.equal(code, file.includes("truncated") ? 1 : 0, stderr);
  return stdout.split("\n").filter((line) => line !== "");
}

async function expectedLines(file: File, ours: string[]): Promise<string[]> {
  const lines = await dump(file.name);
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

/** `deepEqual` of 300,000 lines says too much. */
function assertSameLines(actual: readonly string[], expected: readonly string[]): void {
  const at = expected.findIndex((line, i) => line !== actual[i]);
  if (at !== -1) assert.equal(actual[at], expected[at], `line ${at + 1}`);
  assert.equal(actual.length, expected.length);
}

async function importAndExport(file: File, lines: string[], folder: string): Promise<void> {
  const database = `${folder}/rib.db`;
  const imported = await bgpd("mrt", "import", path(file.name), "-d", database);
  assert.equal(imported.code, file.name.includes("truncated") ? 1 : 0, imported.stderr);
  const expected = fold(lines, { sessionsEnd: true });
  assert.deepEqual(differences(stateOf(database), expected), []);
  const exported = await bgpd("mrt", "export", `${folder}/table.gz`, "-d", database);
  assert.equal(exported.code, 0, exported.stderr);
  assert.deepEqual(differences(fold(await dump(`${folder}/table.gz`), { sessionsEnd: false }), expected), []);
}

const ribQuery = "SELECT peer, prefix, path_id, rib.next_hop, rib.as_path, rib.med, rib.communities, a.wire" +
  " FROM rib JOIN attributes a ON a.id = attribute_id";

/** `rib` of a database, as lines would lead to it. */
function stateOf(database: string, peerOf: (address: string) => string = (address) => address): State {
  const db = new DatabaseSync(database, { readOnly: true });
  try {
    const state: State = new Map();
    const aggregators = new Map<string, string>();
    for (const row of db.prepare(ribQuery).iterate() as Iterable<Row>) {
      const peer = peerOf(row.peer as string);
      let routes = state.get(peer);
      if (routes === undefined) state.set(peer, routes = new Map());
      routes.set(row.path_id === null ? String(row.prefix) : `${row.prefix} path ${row.path_id}`, {
        // The link-local half of an IPv6 next hop is not in the lines.
        nextHop: String(row.next_hop).split(" ")[0]!,
        asPath: String(row.as_path ?? ""),
        med: Number(row.med ?? 0),
        communities: String(row.communities ?? ""),
        aggregator: aggregatorOf(row.wire as Uint8Array, aggregators),
      });
    }
    return state;
  } finally {
    db.close();
  }
}

function aggregatorOf(wire: Uint8Array, known: Map<string, string>): string {
  const key = wire.toHex();
  let text = known.get(key);
  if (text === undefined) {
    const { aggregator } = decodeAttributeSet(wire);
    text = aggregator === undefined ? "" : `${aggregator.asn} ${formatIpv4Number(aggregator.address)}`;
    known.set(key, text);
  }
  return text;
}

const familyNames = 'families = ["ipv4 unicast", "ipv6 unicast", "ipv4 multicast", "ipv6 multicast"]';

/** Every peer of the file on a session of its own with one daemon. */
async function replay(file: File, lines: string[]): Promise<void> {
  const source = new MrtSource(path(file.name));
  const census = await takeCensus(source, () => {});
  const address = loopback(), port = freePort(address);
  const players = census
    // Peers the file gives no AS for are the collector's own routes.
    .filter(({ peer, entries, updates }) => peer.asn !== 0 && entries + updates > 0)
    .map((count) => ({ count, from: loopback(), items: [] as MrtContent[] }));
  for await (const items of source.items()) {
    for (const item of items) {
      if (item.kind === "state" || (item.kind === "message" && !isReceivedUpdate(item))) continue;
      players.find(({ count }) => count.peer.number === item.peer.number)?.items.push(item);
    }
  }
  const config = [
    `router_id = "10.255.255.254"\ndefault_as = 64999\nbgp_socket = "${address}:${port}"\ndatabase = "rib.db"`,
    ...players.map(({ from, count }) =>
      `[[peers]]\nremote_ip = "${from}"\nremote_as = ${count.peer.asn}\npassive = true\n${familyNames}` +
      (count.addPath === 0 ? "" : '\nadd_path = "receive"')
    ),
  ].join("\n");
  await using daemon = await startBgpd({ config });
  const speakers: Speaker[] = [];
  try {
    for (const { count, from, items } of players) {
      const { peer, families, addPath } = count;
      const session = sessionConfig(peer.asn, parseIpv4Number(from)!, families, addPath);
      const speaker = new Speaker({ address, port, localAddress: from, session });
      speakers.push(speaker);
      const negotiated = await speaker.start();
      const outlet: Outlet = { negotiated, addresses: speaker.addresses, write: (bytes) => speaker.write(bytes) };
      assert.equal(outlet.negotiated.addPathSend, addPath & families);
      const list = { problems: new Problems(), items: () => inOneGo(items) };
      const all = { kind: "all" } as const;
      const player = new Player(outlet, { kind: "full" }, new AbortController().signal);
      // Tables first; the End-of-RIB behind the updates says when the daemon has them all.
      const table = await readTable(list, all, () => {});
      await player.updates(list, all, () => {});
      await player.table(table, () => {});
    }
    const expected = fold(lines, { sessionsEnd: false });
    const byLoopback = new Map(players.map(({ from, count }) => [from, count.peer.address]));
    for (const peer of expected.keys()) {
      if (!players.some(({ count }) => count.peer.address === peer)) expected.delete(peer);
    }
    const detail = () => daemon.log.slice(-2000);
    await waitFor("the database to have all of it", () => {
      const found = differences(stateOf(daemon.database, (from) => byLoopback.get(from)!), expected);
      if (found.length > 0) throw new Error(found.join("\n"));
      return true;
    }, { timeoutMs: 180_000, intervalMs: 1000, detail });
  } finally {
    await Promise.all(speakers.map((speaker) => speaker.stop("done")));
  }
}

async function* inOneGo(items: readonly MrtContent[]): AsyncGenerator<readonly MrtContent[]> {
  yield await Promise.resolve(items);
}

function sessionConfig(localAsn: number, routerId: number, families: FamilyMask, addPathSend: FamilyMask) {
  return {
    localAsn,
    remoteAsn: undefined,
    routerId,
    holdTimeSeconds: 180,
    connectRetrySeconds: 120,
    idleHoldSeconds: 1,
    idleHoldMaxSeconds: 60,
    sendHoldSeconds: 0,
    passive: false,
    delayOpenSeconds: 0,
    families: maskIds(families),
    addPathReceive: 0,
    addPathSend,
    extendedNextHop: families & 0b1010,
    role: undefined,
    roleStrict: false,
    extraCapabilities: [],
  };
}
