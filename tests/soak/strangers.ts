/**
 * Thousands of strangers, with the usual limit of open files: idle clients of the API, and members of a network that
 * connect and send nothing, again and again. The trial measures what a session, a well-behaved member, a well-behaved
 * client and the memory suffer.
 */
import { rssBytes } from "../bench/process_tree.ts";
import { startBgpd } from "../support/bgpd.ts";
import { Crowd, watchedPeer } from "../support/crowd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { sleep } from "../support/wait.ts";
import type { Outcome } from "./main.ts";
import { configHead } from "../support/config_text.ts";

const descriptors = 1_024;
const clients = 1_224;
const members = 1_500;
const rounds = 5;
const restSeconds = 60;

export async function strangersSoak(): Promise<Outcome> {
  const address = loopback();
  const at = { address, port: freePort(address) };
  const api = { address, port: freePort(address) };
  const local = loopback();
  const config = configHead({ routerId: "10.0.0.254", address, port: at.port }) +
    `api_socket = "${address}:${api.port}"\n[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\n` +
    `hold_timer = 3\n[[peers]]\nremote_ip = "127.9.0.0/16"\nremote_as = 65002\n`;
  await using bgpd = await startBgpd({ config, wrap: ["prlimit", `--nofile=${descriptors}`] });
  const watched = await watchedPeer({ ...at, local, asn: 65001 });
  const { pid } = bgpd.process;
  const rssBeforeMb = rssBytes(pid) / 2 ** 20;
  let rssPeakMb = rssBeforeMb;
  const crowd = new Crowd();
  const failures: string[] = [];
  let slowestMemberMs = 0, slowestReaderMs = 0;
  for (let round = 0; round < rounds; round++) {
    await crowd.connect(api, clients);
    await crowd.connect(at, members, (i) => `127.9.${1 + round * 20 + (i >> 7)}.${1 + (i & 127)}`);
    rssPeakMb = Math.max(rssPeakMb, rssBytes(pid) / 2 ** 20);
    slowestMemberMs = Math.max(slowestMemberMs, await memberMs({ ...at, local: `127.9.200.${1 + round}`, asn: 65002 }));
    const began = performance.now();
    const response = await fetch(`http://${api.address}:${api.port}/api/v1/status`).catch(() => undefined);
    slowestReaderMs = Math.max(slowestReaderMs, performance.now() - began);
    if (response?.status !== 200) failures.push(`round ${round}: the reader got ${response?.status ?? "nothing"}`);
    await response?.body?.cancel();
    await crowd.leave();
  }
  await sleep(1_000 * restSeconds);
  const rssAfterMb = rssBytes(pid) / 2 ** 20;
  if (watched.isLost()) failures.push("the session was lost");
  if (watched.latestMs() > 1_000) failures.push(`a KEEPALIVE came ${Math.round(watched.latestMs())} ms late`);
  if (rssAfterMb - rssBeforeMb > 50) failures.push(`${Math.round(rssAfterMb - rssBeforeMb)} MB did not come back`);
  const latestKeepaliveMs = watched.latestMs();
  watched.stop();
  if (await bgpd.stop() !== 0) failures.push("bgpd did not end well");
  const measured = { latestKeepaliveMs, slowestMemberMs, slowestReaderMs, rssBeforeMb, rssPeakMb, rssAfterMb };
  return {
    measured: Object.fromEntries(Object.entries(measured).map(([key, value]) => [key, Math.round(value)])),
    failures,
  };
}

/** Until a member has a session, as a router does it: it tries again where it was refused. */
async function memberMs(options: { address: string; port: number; local: string; asn: number }): Promise<number> {
  const began = performance.now();
  for (;;) {
    try {
      (await ScriptedPeer.connect(options)).close();
      return performance.now() - began;
    } catch (error) {
      if (performance.now() - began > 60_000) throw error;
      await sleep(250);
    }
  }
}
