/**
 * What bgpd does with an MRT file, compared with lines of `bgpdump -m`: what `mrt show` prints, what `mrt import`
 * leaves in `rib`, what `mrt export` writes, and what a daemon holds after a replay of the file's peers.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { decodeAttributeSet } from "../../src/message/mod.ts";
import { type FamilyMask, formatIpv4Number, maskIds, parseIpv4Number } from "../../src/types/mod.ts";
import { isReceivedUpdate, takeCensus } from "../../src/control/mrt/census.ts";
import { Problems } from "../../src/control/mrt/problems.ts";
import type { Outlet } from "../../src/control/mrt/replay/outgoing.ts";
import { Player, readTable } from "../../src/control/mrt/replay/player.ts";
import { type MrtContent, MrtSource } from "../../src/control/mrt/source.ts";
import { ReplaySpeaker } from "../../src/control/mrt/replay/speaker.ts";
import { bgpdPath, type Row, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { findProgram, run } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";
import { differences, fold, type State, withCanonicalAddresses } from "./mrt_lines.ts";
import { configHead } from "../support/config_text.ts";

/** bgpdump, where it is installed. */
export const bgpdump = findProgram("bgpdump");

/** The lines that `bgpdump -m` prints. */
export async function dumpedLines(path: string): Promise<string[]> {
  assert.ok(bgpdump !== undefined, "bgpdump is not installed");
  const { stdout } = await run(bgpdump, ["-m", path]);
  return stdout.split("\n").filter((line) => line !== "").map(withCanonicalAddresses);
}

export async function bgpd(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return await run(bgpdPath, args);
}

/** The lines that `bgpd mrt show` prints. `code`: 1 for a torn file. */
export async function shownLines(path: string, code = 0): Promise<string[]> {
  const { code: found, stdout, stderr } = await bgpd("mrt", "show", path);
  assert.equal(found, code, stderr);
  return stdout.split("\n").filter((line) => line !== "");
}

/** Names the first line that differs: `deepEqual` of 300,000 lines prints too much. */
export function assertSameLines(actual: readonly string[], expected: readonly string[]): void {
  const at = expected.findIndex((line, i) => line !== actual[i]);
  if (at !== -1) assert.equal(actual[at], expected[at], `line ${at + 1}`);
  assert.equal(actual.length, expected.length);
}

export interface ImportOptions {
  /** The exit code of the import: 1 for a torn file. */
  readonly code?: number;
  /** Reads the exported file. */
  readonly linesOf: (path: string) => Promise<string[]>;
}

/** `rib` of an import holds what the lines lead to, and so does the file that an export writes. */
export async function importAndExport(path: string, lines: readonly string[], options: ImportOptions): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-mrt-" });
  try {
    const database = `${folder}/rib.db`;
    const imported = await bgpd("mrt", "import", path, "-d", database);
    assert.equal(imported.code, options.code ?? 0, imported.stderr);
    const expected = fold(lines, { sessionsEnd: true });
    assert.deepEqual(differences(stateOf(database), expected), []);
    const exported = await bgpd("mrt", "export", `${folder}/table.gz`, "-d", database);
    assert.equal(exported.code, 0, exported.stderr);
    const written = fold(await options.linesOf(`${folder}/table.gz`), { sessionsEnd: false });
    assert.deepEqual(differences(written, expected), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
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

/** Every peer of the file on a session of its own with one daemon, which then holds what the lines lead to. */
export async function replay(path: string, lines: readonly string[]): Promise<void> {
  const source = new MrtSource(path);
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
    `${configHead({ routerId: "10.255.255.254", asn: 64999, address, port })}database = "rib.db"`,
    ...players.map(({ from, count }) =>
      `[[peers]]\nremote_ip = "${from}"\nremote_as = ${count.peer.asn}\npassive = true\n${familyNames}` +
      (count.addPath === 0 ? "" : '\nadd_path = "receive"')
    ),
  ].join("\n");
  await using daemon = await startBgpd({ config });
  const speakers: ReplaySpeaker[] = [];
  try {
    for (const { count, from, items } of players) {
      const { peer, families, addPath } = count;
      const session = sessionConfig(peer.asn, parseIpv4Number(from)!, families, addPath);
      const speaker = new ReplaySpeaker({ address, port, localAddress: from, session });
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
