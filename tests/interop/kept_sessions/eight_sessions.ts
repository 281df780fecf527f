/**
 * bgpd among BIRD, FRR, GoBGP and OpenBGPD, each twice: in our AS and in another one. Random messages, rows and
 * policies decide what bgpd sends. No session of the eight may end, and no NOTIFICATION may be sent on one. The test
 * runs in a network namespace of its own, because other rules hold for sessions over loopback addresses.
 *
 *     unshare -n sh -c 'ip link set lo up; ip addr add 192.0.2.1/24 dev lo; exec deno run -A FILE SEED SECONDS'
 */
import { DatabaseSync } from "node:sqlite";
import { parseConfig } from "../../../src/config/mod.ts";
import type { Capability } from "../../../src/message/mod.ts";
import { poolOf } from "../../fuzz/mutate.ts";
import { Random } from "../../fuzz/random.ts";
import { messageSeeds } from "../../fuzz/seeds.ts";
import { type Bgpd, startBgpd } from "../../support/bgpd.ts";
import { ScriptedPeer } from "../../support/scripted_peer.ts";
import { sleep, waitFor } from "../../support/wait.ts";
import { type Peer, type PeerKind, type PeerOptions, startPeer } from "../peers/mod.ts";
import { ourAsn, routers } from "../star.ts";
import { randomMessage, randomPolicy, randomRow } from "./random_input.ts";

const ours = { address: "192.0.2.1", port: 1179, asn: ourAsn };
const strangersAsn = 64999;
const updatesPerRound = 40;
const rowsPerRound = 8;
/** Rounds between two configurations. */
const roundsPerConfig = 5;

interface Seat {
  readonly kind: PeerKind;
  readonly address: string;
  readonly asn: number;
}

/** Of all daemons, or of those named on the command line. */
const [, , ...wanted] = Deno.args;
const kinds = routers.filter(({ title }) => wanted.length === 0 || wanted.includes(title));
const seats: readonly Seat[] = kinds.flatMap((kind, i) => [
  { kind, address: `192.0.2.${10 + i}`, asn: ourAsn },
  { kind, address: `192.0.2.${20 + i}`, asn: 65001 + i },
]);
const names = seats.map(({ address }) => address);
const listed = names.map((name) => `'${name}'`).join();

/** Kinds of sessions over which a next hop leaves as it came, or as ours. */
const external = [
  "route_server_client = true",
  'next_hop = "unchanged"',
  'next_hop = "self"',
  'remove_private_as = "replace"',
  "as_override = true",
];

/** A configuration that bgpd takes; `isPlain`: without policies. */
function configuration(random: Random, isPlain: boolean): string {
  for (;;) {
    const policies = isPlain ? "" : randomPolicy(random, "in", "import") + randomPolicy(random, "out", "export");
    const choice = (name: string, other: string) => isPlain || random.chance(40) ? other : `["${name}"]`;
    const peers = seats.map(({ kind, address, asn }) => {
      const isInternal = asn === ourAsn;
      const keys = [
        `export = ${choice("out", '"all"')}`,
        isInternal ? "route_reflector_client = true" : isPlain ? "" : random.pick(external),
        kind.abilities.includes("extendedNextHop") ? "extended_next_hop = true" : "",
        "reject_as_sets = false",
      ];
      return `[[peers]]
remote_ip = "${address}"
remote_as = ${asn}
local_ip = "${ours.address}"
passive = true
next_hop_ipv6 = "2001:db8::1"
${keys.join("\n")}
`;
    });
    const strangers = [["192.0.2.128/26", strangersAsn], ["192.0.2.192/26", ourAsn]].map(([network, asn]) =>
      `[[peers]]
remote_ip = "${network}"
remote_as = ${asn}
import = ${choice("in", '"all"')}
export = "none"
extended_next_hop = true
`
    );
    const text = `router_id = "10.0.0.254"
default_as = ${ourAsn}
bgp_socket = "${ours.address}:${ours.port}"
database = "bgpd.db"
${policies}${peers.join("")}${strangers.join("")}`;
    if (parseConfig(text).kind === "config") return text;
  }
}

/** Peers of a scripted kind: where one loses its session, which is right for what it sends, the next one comes. */
class Strangers {
  readonly #first: number;
  readonly #asn: number;
  #count = 0;
  #peer: ScriptedPeer | undefined;
  sessions = 0;

  constructor(first: number, asn: number) {
    this.#first = first;
    this.#asn = asn;
  }

  async write(bytes: Uint8Array): Promise<void> {
    (await this.#session()).write(bytes);
  }

  close(): void {
    this.#peer?.close();
  }

  async #session(): Promise<ScriptedPeer> {
    for (let tries = 0; this.#peer === undefined || this.#peer.ended; tries++) {
      if (tries === 50) throw new Error("no stranger gets a session");
      this.#count++;
      const { address, port } = ours;
      const local = `192.0.2.${this.#first + (this.#count % 60)}`;
      const entries = [{ afi: 1, safi: 1, nextHopAfi: 2 }];
      const capabilities: Capability[] = [{ kind: "extendedNextHop", entries }, { kind: "extendedMessage" }];
      const options = { local, address, port, asn: this.#asn, routerId: 0x0a010000 + this.#first + this.#count };
      this.#peer = await ScriptedPeer.connect({ ...options, capabilities }).catch(() => undefined);
      if (this.#peer !== undefined) this.sessions++;
    }
    return this.#peer;
  }
}

class EightSessions implements AsyncDisposable {
  readonly #random: Random;
  readonly #stack = new AsyncDisposableStack();
  readonly peers: Peer[] = [];
  readonly #strangers = [new Strangers(129, strangersAsn), new Strangers(193, ourAsn)];
  /** What bgpd was made to say since all was well. */
  #inputs: string[] = [];
  #bgpd: Bgpd | undefined;
  #database: DatabaseSync | undefined;
  readonly #pool;

  constructor(seed: number, pool: ReturnType<typeof poolOf>) {
    this.#random = new Random(seed);
    this.#pool = pool;
  }

  get bgpd(): Bgpd {
    return this.#bgpd!;
  }

  async start(): Promise<void> {
    this.#bgpd = this.#stack.use(await startBgpd({ config: configuration(this.#random, true) }));
    const started = await Promise.allSettled(seats.map(async ({ kind, address, asn }, i) => {
      const options: PeerOptions = {
        local: { address, port: 1180 + i, asn },
        remote: ours,
        routerId: `10.0.1.${i + 1}`,
        passive: false,
        routes: [],
        uses: (["extendedNextHop", "extendedMessages"] as const).filter((each) => kind.abilities.includes(each)),
        // As FRR comes: what it takes for a martian ends its session.
        ...kind.title === "FRR" ? { lines: { session: " no bgp allow-martian-nexthop" } } : {},
      };
      return this.#stack.use(await startPeer(kind, options));
    }));
    for (const result of started) {
      if (result.status === "rejected") throw result.reason;
      this.peers.push(result.value);
    }
    await Promise.all(this.peers.map((peer) => peer.waitEstablished({ intervalMs: 200 })));
    this.#database = new DatabaseSync(this.bgpd.database);
    this.#database.exec("PRAGMA busy_timeout = 10000");
  }

  async play(seconds: number): Promise<void> {
    const random = this.#random;
    const end = performance.now() + seconds * 1_000;
    let rounds = 0, messages = 0, rows = 0, configs = 0;
    while (performance.now() < end) {
      if (rounds % roundsPerConfig === roundsPerConfig - 1) {
        await this.configure(false);
        configs++;
      }
      for (let i = 0; i < updatesPerRound; i++, messages++) {
        const stranger = random.below(2);
        const message = randomMessage(random, stranger === 0 ? strangersAsn : undefined, this.#pool);
        this.#inputs.push(`${stranger === 0 ? "external" : "internal"} ${message.toHex()}`);
        await this.#strangers[stranger]!.write(message);
      }
      for (let i = 0; i < rowsPerRound; i++, rows++) this.#insert();
      if (random.chance(30)) this.#database!.exec("DELETE FROM announcements WHERE id % 3 = 0");
      await this.#settle();
      this.check();
      rounds++;
    }
    const sessions = this.#strangers.map((each) => each.sessions).join(" + ");
    console.log(
      `${rounds} rounds: ${messages} messages over ${sessions} sessions, ${rows} rows, ${configs} configurations`,
    );
    await this.#checkTraffic();
    for (const stranger of this.#strangers) stranger.close();
  }

  /** A quiet session proves nothing. */
  async #checkTraffic(): Promise<void> {
    const sent = () =>
      this.bgpd.sql(`SELECT messages_sent FROM peer_status WHERE peer IN (${listed}) ORDER BY peer`)
        .map((row) => Number(row["messages_sent"]));
    await waitFor("messages to each", () => sent().length === names.length && Math.min(...sent()) >= 50, {
      detail: () => sent().join(),
    });
    console.log(`messages to each: ${sent().join(", ")}`);
  }

  /** Another configuration, by reload. */
  async configure(isPlain: boolean): Promise<void> {
    const text = configuration(this.#random, isPlain);
    this.#inputs.push(text);
    await Deno.writeTextFile(`${this.bgpd.folder}/bgpd.toml`, text);
    const { code, stderr } = await this.bgpd.command("reload", "--config", "bgpd.toml");
    if (code !== 0) throw new Error(`reload: ${stderr}`);
  }

  #insert(): void {
    const { columns, values } = randomRow(this.#random, names);
    this.#inputs.push(`row ${JSON.stringify(columns.map((column, i) => [column, values[i]]))}`);
    const marks = columns.map(() => "?").join();
    this.#database!.prepare(`INSERT INTO announcements(${columns.join()}) VALUES(${marks})`).run(...values);
  }

  /** So that a session that ends does so in the round that ended it; nothing hangs on it. */
  async #settle(): Promise<void> {
    await sleep(250);
  }

  /** Throws where a session of the eight has ended, or a NOTIFICATION was seen on one. */
  check(): void {
    const events = this.bgpd.sql(
      `SELECT peer, kind, text FROM peer_events WHERE peer IN (${listed})` +
        " AND kind IN ('down', 'notification', 'sessionReset')",
    );
    const away = this.bgpd.sql(
      `SELECT peer, state, reason FROM peer_status WHERE peer IN (${listed}) AND state <> 'Established'`,
    );
    if (!this.bgpd.process.running) throw new Error(`bgpd has ended\n${this.bgpd.process.log()}`);
    if (events.length === 0 && away.length === 0) {
      this.#inputs = this.#inputs.slice(-2 * (updatesPerRound + rowsPerRound));
      return;
    }
    const seat = (address: unknown) => seats.find((each) => each.address === address)!;
    const text = [...events, ...away].map((row) => {
      const { kind, asn } = seat(row["peer"]);
      return `${kind.title} (AS ${asn}): ${JSON.stringify(row)}`;
    });
    const concerned = new Set([...events, ...away].map((row) => names.indexOf(String(row["peer"]))));
    const logs = [...concerned].map((i) => this.peers[i]!.log);
    throw new Error([...text, "after:", ...this.#inputs, ...logs].join("\n"));
  }

  /** Each of the eight still takes what it is sent. */
  async finish(): Promise<void> {
    this.#database!.exec("DELETE FROM announcements");
    await this.configure(true);
    const sentinels = [["198.51.100.0/24", "192.0.2.1"], ["2001:db8:5e::/48", "2001:db8::1"]] as const;
    for (const [prefix, hop] of sentinels) {
      this.#database!.prepare("INSERT INTO announcements(prefix, next_hop) VALUES(?, ?)").run(prefix, hop);
    }
    for (const [i, peer] of this.peers.entries()) {
      for (const [prefix] of sentinels) {
        await waitFor(`${prefix} at ${names[i]}`, async () => {
          this.check();
          return (await peer.received()).some((route) => route.prefix === prefix);
        }, { intervalMs: 250, while: () => peer.process.running, detail: () => peer.log });
      }
    }
    this.check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database?.close();
    await this.#stack.disposeAsync();
  }
}

if (import.meta.main) {
  const [seed = 1, seconds = 10] = Deno.args.map(Number);
  const pool = poolOf(await messageSeeds());
  await using sessions = new EightSessions(seed, pool);
  await sessions.start();
  await sessions.play(seconds);
  await sessions.finish();
  console.log("all sessions are up");
}
