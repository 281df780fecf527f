/**
 * Attacks of another program on the same machine, through the database and the API: locks, tampering, SIGTERM while
 * rows wait for the disk, 100,000 announcements. The trial measures what sessions, KEEPALIVEs, announcements and memory
 * suffer. `readers.ts` and `strangers.ts` attack over the network.
 *
 * One file because all attacks hit the same {@link Victim}.
 */
import { MessageType } from "../../src/message/mod.ts";
import { rssBytes } from "../bench/process_tree.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { bulkUpdates } from "../support/bulk.ts";
import { watchedPeer } from "../support/crowd.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process, run } from "../support/process.ts";
import { receivedRoutes } from "../support/received_routes.ts";
import type { ScriptedPeer } from "../support/scripted_peer.ts";
import { testContext, viewUpdate } from "../support/update_view.ts";
import { sleep, waitFor } from "../support/wait.ts";
import type { Outcome } from "./main.ts";
import { configHead } from "../support/config_text.ts";

const announced = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
const intruder = new URL("./intruder.ts", import.meta.url).pathname;
const token = "0123456789abcdef0123456789abcdef";

/** Ten kinds of tampering, of those that hide no route from readers until the next start. */
export const tenKinds = [
  "a trigger that raises",
  "a trigger that deletes",
  "a renamed column",
  "a dropped column",
  "a dropped table",
  "a view in the place of a table",
  "a file cut off in the middle",
  "pages overwritten",
  "a log that is gone",
  "a file that is gone",
];

/** A row of the table at the end. */
export interface Figures {
  readonly attack: string;
  readonly seconds: number;
  readonly keepaliveLateMs: number;
  readonly rssBeforeMb: number;
  readonly rssPeakMb: number;
  /** What was not as it should be. */
  readonly failures: readonly string[];
}

type Watched = Awaited<ReturnType<typeof watchedPeer>>;

/** A daemon that announces three prefixes to a peer, whose KEEPALIVEs are due each second. */
export class Victim {
  readonly bgpd: Bgpd;
  readonly watched: Watched;
  readonly connect: () => Promise<Watched>;
  readonly api: string;
  readonly config: string;
  /** Hears of each attack that is over. */
  heard: ((figures: Figures) => void) | undefined;
  #routes = 0;

  private constructor(fields: Pick<Victim, "bgpd" | "watched" | "connect" | "api" | "config">) {
    this.bgpd = fields.bgpd;
    this.watched = fields.watched;
    this.connect = fields.connect;
    this.api = fields.api;
    this.config = fields.config;
  }

  static async start(folder: string): Promise<Victim> {
    const address = loopback(), local = loopback();
    const at = { address, port: freePort(address) };
    const api = `${address}:${freePort(address)}`;
    await Deno.writeTextFile(`${folder}/token`, token, { mode: 0o600 });
    const config = configHead({ routerId: "10.0.0.254", address, port: at.port }) +
      `api_socket = "${api}"\napi_token_file = "${folder}/token"\nstop_timeout = 1\n` +
      `[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\nhold_timer = 3\n`;
    const bgpd = await startBgpd({ config, cwd: folder });
    const connect = () => watchedPeer({ ...at, local, asn: 65001 });
    const victim = new Victim({ bgpd, watched: await connect(), connect, api: `http://${api}/api/v1`, config });
    await victim.intrude("announce", ...announced);
    await waitFor("the announcements", () => isIntact(victim.watched.peer), { detail: () => bgpd.process.log() });
    return victim;
  }

  /** Another process does something to the database; false where it could not. */
  async intrude(what: string, ...args: string[]): Promise<boolean> {
    return (await run(Deno.execPath(), intruderArguments(what, this.bgpd.database, ...args))).code === 0;
  }

  /** Another process holds a lock from now on, and ends with it. */
  async hold(what: "write" | "octets", seconds: number): Promise<Process> {
    const process = new Process(Deno.execPath(), { args: intruderArguments(what, this.bgpd.database, `${seconds}`) });
    await process.waitForLine(/^holding$/);
    return process;
  }

  /** A route of the peer reaches the database, which has all announcements then. */
  recovers(): Promise<boolean> {
    const route = this.#nextRoute();
    this.watched.peer.announce(route);
    return this.intrude("await", route, ...announced);
  }

  /** Another process alters the database, which has the next route of the peer and all announcements after that. */
  async recoversFrom(kind: string, seed: number): Promise<boolean> {
    const route = this.#nextRoute();
    const args = intruderArguments("tamper", this.bgpd.database, kind, `${seed}`, route, ...announced);
    const process = new Process(Deno.execPath(), { args });
    await process.waitForLine(/^altered$/);
    this.watched.peer.announce(route);
    return await process.end() === 0;
  }

  #nextRoute(): string {
    return `100.64.${this.#routes++}.0/24`;
  }

  async get(path: string): Promise<Record<string, unknown>> {
    return await (await fetch(this.api + path)).json();
  }

  /** `count` requests over eight connections; gives the first that was refused. */
  async askOften(count: number, request: (i: number) => [string, RequestInit]): Promise<string[]> {
    let next = 0;
    const failures: string[] = [];
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const client = async () => {
      while (next < count && failures.length === 0) {
        const [path, init] = request(next++);
        const response = await fetch(this.api + path, { ...init, headers });
        if (!response.ok) failures.push(`${path}: ${response.status}`);
        await response.body?.cancel();
      }
    };
    await Promise.all(Array.from({ length: 8 }, client));
    return failures;
  }

  get rssMb(): number {
    return Math.round(rssBytes(this.bgpd.process.pid) / 2 ** 20);
  }

  /** What an attack did to the session, the announcements and the memory; `work` gives what else was not right. */
  async during(attack: string, work: () => Promise<string[]>): Promise<Figures> {
    const began = performance.now();
    this.watched.forget();
    const rssBeforeMb = this.rssMb;
    let rssPeakMb = rssBeforeMb;
    const timer = setInterval(() => rssPeakMb = Math.max(rssPeakMb, this.rssMb), 250);
    try {
      const failures = [...await work(), ...whatIsLost(this.watched)];
      const keepaliveLateMs = Math.round(this.watched.latestMs());
      if (keepaliveLateMs > 1_000) failures.push(`a KEEPALIVE came ${keepaliveLateMs} ms late`);
      const seconds = Math.round((performance.now() - began) / 100) / 10;
      const figures = { attack, seconds, keepaliveLateMs, rssBeforeMb, rssPeakMb, failures };
      this.heard?.(figures);
      return figures;
    } finally {
      clearInterval(timer);
    }
  }
}

function intruderArguments(...args: string[]): string[] {
  return ["run", "-A", "--no-check", intruder, ...args];
}

function isIntact(peer: ScriptedPeer): boolean {
  const routes = receivedRoutes(peer.received);
  return announced.every((prefix) => routes.has(prefix));
}

/** The session stands, and all announcements have stood all the time. */
function whatIsLost({ peer, isLost }: Watched): string[] {
  const context = testContext();
  const isWithdrawn = peer.received.some(({ type, bytes }) =>
    type === MessageType.update && viewUpdate(bytes, context).withdrawn.some(({ prefix }) => announced.includes(prefix))
  );
  return [
    ...isLost() || peer.ended ? ["the session was lost"] : [],
    ...isIntact(peer) ? [] : ["announcements are missing"],
    ...isWithdrawn ? ["announcements were withdrawn"] : [],
  ];
}

/** Another process writes for so long, then has all locks of the shared memory for so long. */
export async function foreignLocks(victim: Victim, seconds: number): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (
    const [what, words] of [["write", "a transaction of another"], ["octets", "all octets of -shm locked"]] as const
  ) {
    figures.push(
      await victim.during(`${words} for ${seconds} s`, async () => {
        const holder = await victim.hold(what, seconds);
        victim.watched.peer.announce("100.65.0.0/16");
        await holder.end();
        return await victim.recovers() ? [] : ["the database did not get the routes of the meantime"];
      }),
    );
  }
  return figures;
}

/** One kind after the other; each is got over before the next. */
export async function tamper(victim: Victim, kinds: readonly string[], seed: number): Promise<Figures[]> {
  const figures: Figures[] = [];
  for (const kind of kinds) {
    figures.push(
      await victim.during(`${kind}, seed ${seed}`, async () => {
        return await victim.recoversFrom(kind, seed) ? [] : ["the database did not recover"];
      }),
    );
  }
  return figures;
}

/** SIGTERM while so many routes wait for the lock of another; the next run announces the same. */
export async function stopUnderBacklog(victim: Victim, routes: number): Promise<Figures> {
  const { bgpd, watched } = victim;
  const holder = await victim.hold("write", 60);
  const figures = await victim.during(`${routes} routes wait for the disk`, async () => {
    for (const bytes of bulkUpdates(routes, 65001, "192.0.2.9")) watched.peer.write(bytes);
    const waits = async () => Number((await victim.get("/status"))["backlog_rows"]) >= routes;
    await waitFor("the backlog", waits, { detail: () => bgpd.process.log() });
    return [];
  });
  const began = performance.now();
  bgpd.process.signal("SIGTERM");
  const { code, subcode } = await watched.peer.notification();
  const ceaseMs = Math.round(performance.now() - began);
  const failures = [...figures.failures];
  if (code !== 6 || subcode !== 2) failures.push(`the NOTIFICATION was ${code}/${subcode}`);
  if (ceaseMs > 1_000) failures.push(`Cease came after ${ceaseMs} ms`);
  holder.signal("SIGKILL");
  await holder.end();
  if (await bgpd.process.end() !== 0) failures.push("bgpd did not end well");
  const endMs = Math.round(performance.now() - began);
  watched.stop();
  await using _next = await startBgpd({ config: victim.config, cwd: bgpd.folder });
  const again = await victim.connect();
  await waitFor("the announcements of the next run", () => isIntact(again.peer)).catch((error) => {
    failures.push(error.message);
  });
  again.stop();
  return {
    ...figures,
    attack: `${figures.attack}, then SIGTERM: Cease after ${ceaseMs} ms, end ${endMs} ms`,
    failures,
  };
}

/** So many announcements by API, all withdrawn again; the memory is back a minute later. */
export async function manyAnnouncements(victim: Victim, count: number, restSeconds: number): Promise<Figures> {
  let afterMb = 0;
  const figures = await victim.during(`${count} announcements by API, withdrawn again`, async () => {
    const before = victim.rssMb;
    const prefix = (i: number) => `10.${i >> 16 & 255}.${i >> 8 & 255}.${i & 255}/32`;
    const failures = [
      ...await victim.askOften(count, (i) => ["/announcements", { method: "POST", body: `{"prefix":"${prefix(i)}"}` }]),
      ...await victim.askOften(count, (i) => [`/announcements?prefix=${prefix(i)}`, { method: "DELETE" }]),
    ];
    await sleep(1_000 * restSeconds);
    afterMb = victim.rssMb;
    return afterMb - before > 50 ? [...failures, `${afterMb - before} MB did not come back`] : failures;
  });
  return { ...figures, attack: `${figures.attack}: ${afterMb} MB after ${restSeconds} s` };
}

/** In a folder that goes with it. */
export async function withVictim<T>(work: (victim: Victim) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-attacks-" });
  try {
    const victim = await Victim.start(folder);
    try {
      return await work(victim);
    } finally {
      victim.watched.stop();
      await victim.bgpd.stop();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export async function attacksSoak(): Promise<Outcome> {
  const seed = crypto.getRandomValues(new Uint16Array(1))[0]!;
  const say = (figures: Figures) => console.log(figures);
  const figures = [
    ...await withVictim(async (victim) => {
      victim.heard = say;
      return [
        ...await foreignLocks(victim, 5),
        ...await tamper(victim, tenKinds, seed),
        await stopUnderBacklog(victim, 600_000),
      ];
    }),
    await withVictim((victim) => manyAnnouncements(victim, 100_000, 60)),
  ];
  console.table(figures.map(({ failures: _, ...row }) => row));
  return {
    measured: `seed ${seed}`,
    failures: figures.flatMap(({ attack, failures }) => failures.map((failure) => `${attack}: ${failure}`)),
  };
}
