/**
 * Clients of the API that ask for much and hang up, next to well-behaved clients. The trial measures what a session, a
 * change and the memory suffer.
 */
import { MessageType } from "../../src/message/mod.ts";
import { generateTable } from "../bench/generator.ts";
import { rssBytes } from "../bench/process_tree.ts";
import { encodeTable } from "../bench/updates.ts";
import { startBgpd } from "../support/bgpd.ts";
import { watchedPeer } from "../support/crowd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { sleep, waitFor } from "../support/wait.ts";
import type { Outcome } from "./main.ts";
import { configHead } from "../support/config_text.ts";

export interface ReadersOptions {
  /** Received routes. */
  readonly routes: number;
  readonly seconds: number;
  /** Clients that ask, and hang up when they have the first octets of the answer, or after `hangUpMs`. */
  readonly abortingClients: number;
  readonly questionsPerSecond: number;
  readonly hangUpMs: number;
  /** Clients that read their answers to the end, one question after the other. */
  readonly honestClients: number;
  readonly path: string;
  /** Waited at the end, before the memory is looked at. */
  readonly restSeconds: number;
}

export interface ReadersResult {
  readonly latestKeepaliveMs: number;
  readonly lostSessions: number;
  /** From an announcement of one peer until another one had it. */
  readonly slowestChangeMs: number;
  readonly medianChangeMs: number;
  readonly changes: number;
  readonly rssBeforeMb: number;
  readonly rssPeakMb: number;
  readonly rssAfterMb: number;
  readonly asked: number;
  readonly answered: number;
  readonly refused: number;
}

export async function readersThatHangUp(options: ReadersOptions): Promise<ReadersResult> {
  const address = loopback();
  const at = { address, port: freePort(address) };
  const api = { hostname: address, port: freePort(address) };
  const [feeder, teller, hearer] = [loopback(), loopback(), loopback()];
  const config = configHead({ routerId: "10.0.0.254", address, port: at.port }) +
    `api_socket = "${address}:${api.port}"\nhistory = false\n` +
    [feeder, teller, hearer].map((ip, i) =>
      `[[peers]]\nremote_ip = "${ip}"\nremote_as = ${65001 + i}\npassive = true\nhold_timer = ${i === 0 ? 90 : 9}\n` +
      (i === 2 ? 'export = ["one"]\n' : "")
    ).join("") +
    '[[policies]]\nname = "one"\ndefault = "reject"\n[[policies.rules]]\n' +
    'match = { origin_as = [65002] }\naction = "accept"\n';
  await using bgpd = await startBgpd({ config });
  const source = await ScriptedPeer.connect({ ...at, local: feeder, asn: 65001, keepaliveMs: 10_000 });
  const table = generateTable({ ipv4: options.routes, ipv6: 0 });
  for (const chunk of encodeTable(table, 65001, options.routes, 0)) {
    source.write(chunk);
    await sleep(0);
  }
  const count = () => Number(bgpd.sql("SELECT routes FROM peer_status WHERE peer = ?", feeder)[0]?.["routes"] ?? 0);
  await waitFor("the table", () => count() >= options.routes, { intervalMs: 500, timeoutMs: 300_000 });
  await sleep(3_000);
  const watched = await watchedPeer({ ...at, local: teller, asn: 65002 });
  const hears = await watchedPeer({ ...at, local: hearer, asn: 65003 });
  const { pid } = bgpd.process;
  const rssBeforeMb = rssBytes(pid) / 2 ** 20;
  let rssPeakMb = rssBeforeMb;
  const tally = { asked: 0, answered: 0, refused: 0 };
  const end = performance.now() + 1000 * options.seconds;
  const crowd = [
    ...Array.from({ length: options.abortingClients }, () => abortingClient(api, options, end, tally)),
    ...Array.from({ length: options.honestClients }, () => honestClient(api, options.path, end, tally)),
  ];
  const changes: number[] = [];
  for (let i = 0; performance.now() < end; i++) {
    changes.push(await changeMs(watched.peer, hears.peer, `203.0.${i >> 8 & 255}.${i & 255}/32`, end + 60_000));
    rssPeakMb = Math.max(rssPeakMb, rssBytes(pid) / 2 ** 20);
    await sleep(100);
  }
  await Promise.all(crowd);
  await sleep(1000 * options.restSeconds);
  const lost = [watched, hears].filter((each) => each.isLost()).length;
  const latest = Math.max(watched.latestMs(), hears.latestMs());
  watched.stop();
  hears.stop();
  source.close();
  changes.sort((a, b) => a - b);
  return {
    latestKeepaliveMs: Math.round(latest),
    lostSessions: lost,
    slowestChangeMs: Math.round(changes.at(-1)!),
    medianChangeMs: Math.round(changes[changes.length >> 1]!),
    changes: changes.length,
    rssBeforeMb: Math.round(rssBeforeMb),
    rssPeakMb: Math.round(rssPeakMb),
    rssAfterMb: Math.round(rssBytes(pid) / 2 ** 20),
    ...tally,
  };
}

/** Until `to` has heard what `from` announces. */
async function changeMs(from: ScriptedPeer, to: ScriptedPeer, prefix: string, end: number): Promise<number> {
  const updates = () => to.received.reduce((sum, { type }) => sum + Number(type === MessageType.update), 0);
  const before = updates();
  const began = performance.now();
  from.announce(prefix);
  while (updates() === before && performance.now() < end) await sleep(1);
  return performance.now() - began;
}

interface Tally {
  asked: number;
  answered: number;
  refused: number;
}

function ask(path: string): Uint8Array {
  return new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
}

async function abortingClient(
  api: Deno.ConnectOptions,
  { path, questionsPerSecond, abortingClients, hangUpMs }: ReadersOptions,
  end: number,
  tally: Tally,
): Promise<void> {
  const everyMs = 1000 * abortingClients / questionsPerSecond;
  for (let due = performance.now(); due < end; due += everyMs) {
    await sleep(Math.max(0, due - performance.now()));
    try {
      const conn = await Deno.connect(api);
      await conn.write(ask(path));
      tally.asked++;
      setTimeout(() => conn.close(), hangUpMs);
    } catch {
      tally.refused++;
    }
  }
}

async function honestClient(api: Deno.ConnectOptions, path: string, end: number, tally: Tally): Promise<void> {
  const buffer = new Uint8Array(65_536);
  while (performance.now() < end) {
    try {
      using conn = await Deno.connect(api);
      await conn.write(ask(path));
      tally.asked++;
      const first = await conn.read(buffer);
      const isRefused = first === null || new TextDecoder().decode(buffer.subarray(0, first)).includes(" 503 ");
      while (await conn.read(buffer) !== null);
      if (isRefused) tally.refused++;
      else tally.answered++;
      if (isRefused) await sleep(1000);
    } catch {
      tally.refused++;
      await sleep(100);
    }
  }
}

/** Both kinds of readers, each for a minute, and a minute of rest. */
export async function readersSoak(): Promise<Outcome> {
  const path = "/api/v1/routes?prefix=0.0.0.0/0&longer=true&limit=100000";
  const common = { routes: 800_000, seconds: 60, questionsPerSecond: 54, hangUpMs: 15, path, restSeconds: 60 };
  const measured: Record<string, ReadersResult> = {
    abort: await readersThatHangUp({ ...common, abortingClients: 4, honestClients: 0 }),
    honest: await readersThatHangUp({ ...common, abortingClients: 0, honestClients: 50 }),
  };
  const failures = Object.entries(measured).flatMap(([name, result]) => [
    ...result.lostSessions > 0 ? [`${name}: ${result.lostSessions} sessions were lost`] : [],
    ...result.latestKeepaliveMs > 1_000 ? [`${name}: a KEEPALIVE came ${result.latestKeepaliveMs} ms late`] : [],
    ...result.slowestChangeMs > 1_000 ? [`${name}: a change took ${result.slowestChangeMs} ms`] : [],
    ...result.rssAfterMb - result.rssBeforeMb > 50
      ? [`${name}: ${result.rssAfterMb - result.rssBeforeMb} MB did not come back`]
      : [],
  ]);
  return { measured, failures };
}
