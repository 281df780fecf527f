/** Questions about a full table, asked with each daemon's own programs, as from a shell. */

import { formatCommunity } from "../../src/message/mod.ts";
import { findProgram } from "../support/process.ts";
import type { Question } from "./daemons/mod.ts";
import { Random } from "./random.ts";
import { median } from "./report.ts";
import type { Bench } from "./scenario.ts";
import { socketLookups } from "./socket_lookups.ts";
import { addressText, ipv4Groups, prefixText, type Table } from "./table.ts";
import { attributesOf } from "./updates.ts";

const lookups = 30;
/** One after the other, on one connection. */
const socketCalls = 2000;
const peerCalls = 9;
/** Routes of the origin AS that is asked for, about. */
const originRoutes = 1000;

/** A line for each peer, asked as from a shell. */
export async function askForPeers(bench: Bench): Promise<void> {
  const { daemon } = bench;
  if (daemon.peers === undefined) return;
  const calls: number[] = [];
  for (let i = 0; i < peerCalls; i++) calls.push((await timed(daemon.peers())).ms);
  bench.set("peers_ms", median(calls));
}

export async function askQuestions(bench: Bench, ipv4: number): Promise<void> {
  const { daemon, bgpd, table } = bench;
  const random = new Random(7);
  if (daemon.lookup !== undefined) {
    const times: number[] = [];
    for (let i = 0; i < lookups; i++) {
      const at = random.below(ipv4);
      const { ms, text } = await timed(daemon.lookup(addressText(table, at, true)));
      if (!text.includes("/")) throw new Error(`no match for ${prefixText(table, at)}: ${text}`);
      times.push(ms);
    }
    times.sort((a, b) => a - b);
    bench.set("lookup_p50_ms", times[lookups >> 1]!);
    bench.set("lookup_max_ms", times.at(-1)!);
  }
  if (daemon.origin !== undefined) {
    const { asn, prefixes } = originOf(table, ipv4, originRoutes * bench.scale);
    const { ms, text } = await timed(daemon.origin(asn));
    // Programs leave the length out where it is that of the class.
    const missing = prefixes.filter((at) => !text.includes(addressText(table, at, false)));
    if (missing.length > 0) throw new Error(`${missing.length} of ${prefixes.length} routes of AS ${asn} are missing`);
    bench.set("origin_ms", ms);
    bench.set("origin_routes", prefixes.length);
  }
  if (bgpd === undefined) return;
  const quick = await socketLookups(bgpd.socket, table, ipv4, socketCalls, random);
  bench.set("lookup_socket_p50_ms", quick[socketCalls >> 1]!);
  bench.set("lookup_socket_p99_ms", quick[Math.ceil(socketCalls * 0.99) - 1]!);
  const calls: number[] = [];
  for (let i = 0; i < 5; i++) calls.push((await timed(bgpd.cli(addressText(table, random.below(ipv4), true)))).ms);
  bench.set("lookup_cli_ms", median(calls));
  const community = communityOf(bench);
  const { ms, text } = await timed(
    bgpd.sqlite3(
      "SELECT peer, prefix FROM rib WHERE attribute_id IN" +
        ` (SELECT id FROM attributes WHERE instr(' ' || communities || ' ', ' ${community} '))`,
    ),
  );
  bench.set("community_ms", ms);
  bench.set("community_routes", text.trimEnd().split("\n").length);
}

async function timed({ program, args }: Question): Promise<{ ms: number; text: string }> {
  const command = new Deno.Command(findProgram(program)!, { args: [...args], stdin: "null" });
  const start = performance.now();
  const { code, stdout, stderr } = await command.output();
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
  return { ms, text: new TextDecoder().decode(stdout) };
}

/** The origin AS with about so many of the first IPv4 prefixes. */
function originOf(table: Table, ipv4: number, wanted: number): { asn: number; prefixes: number[] } {
  const counts = new Map<number, number>();
  const groups = ipv4Groups(table);
  const sizeOf = (group: number) => Math.max(0, Math.min(ipv4, table.groups[group + 1]!) - table.groups[group]!);
  for (let group = 0; group < groups; group++) {
    const asn = table.origins[group]!;
    counts.set(asn, (counts.get(asn) ?? 0) + sizeOf(group));
  }
  const distance = ([, count]: [number, number]) => Math.abs(count - wanted);
  const [asn] = [...counts].reduce((best, next) => distance(next) < distance(best) ? next : best);
  const prefixes: number[] = [];
  for (let group = 0; group < groups; group++) {
    if (table.origins[group] !== asn) continue;
    for (let i = 0; i < sizeOf(group); i++) prefixes.push(table.groups[group]! + i);
  }
  return { asn, prefixes };
}

/** A community of some route. */
function communityOf({ table, daemon }: Bench): string {
  const { asn } = daemon.options.peers.find(({ role }) => role === "sender")!;
  for (let group = 0;; group++) {
    const [community] = attributesOf(table, group, asn).communities;
    if (community !== undefined) return formatCommunity(community);
  }
}
