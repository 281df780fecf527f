/** The driver of bgpd. It counts by the marks in the log and asks with plain `sqlite3`. */
import { DatabaseSync } from "node:sqlite";
import { controlSocketPath } from "../../../src/control/mod.ts";
import { bgpdPath } from "../../support/bgpd.ts";
import { Process, run } from "../../support/process.ts";
import { sleep, waitFor } from "../../support/wait.ts";
import { threadSeconds } from "../process_tree.ts";
import { BenchDaemon, type Question } from "./daemon.ts";

/** Another build of it, to compare or to profile. */
export const program = Deno.env.get("BENCH_BGPD") ?? bgpdPath;
const endOfRib = /^(\S+) .*\bEnd-of-RIB, /;
const listening = /listening on/;

export class Bgpd extends BenchDaemon {
  static readonly title = "bgpd";
  static readonly programs = [program];
  /** A KEEPALIVE every three seconds: late ones show. */
  override readonly holdTimeSeconds = 9;
  #reader: DatabaseSync | undefined;

  override async version(): Promise<string> {
    return `bgpd ${(await run(program, ["--version"])).stdout.trim().split(" ").at(-1)}`;
  }

  get database(): string {
    return `${this.options.folder}/bgpd.db`;
  }

  /** Its API. */
  get socket(): string {
    return controlSocketPath(this.database);
  }

  /** The database as other programs see it. */
  get reader(): DatabaseSync {
    if (this.#reader === undefined) {
      this.#reader = new DatabaseSync(this.database, { readOnly: true });
      this.#reader.exec("PRAGMA busy_timeout = 5000");
    }
    return this.#reader;
  }

  value(query: string, ...values: (string | number)[]): number {
    const row = this.reader.prepare(query).get(...values);
    return Number(Object.values(row ?? { nothing: 0 })[0] ?? 0);
  }

  protected override async configure(): Promise<void> {
    const { address, port, asn, peers, folder } = this.options;
    const config = (keys: string) =>
      `router_id = "${address}"
default_as = ${asn}
bgp_socket = "${address}:${port}"
database = "${this.database}"
${
        peers.map((peer) =>
          `[[peers]]
remote_ip = "${peer.address}"
remote_as = ${peer.asn}
passive = true
hold_timer = ${this.holdTimeSeconds}
${peer.role === "sink" ? keys : ""}`
        ).join("\n")
      }
`;
    await this.write("bgpd.toml", config('export = "all"\nnext_hop = "self"\n'));
    const { code, stderr } = await run(program, ["check", `${folder}/bgpd.toml`]);
    if (code === 0) return;
    if (this.peersOf("sink").length > 0) throw new Error(`this bgpd does not send routes on yet: ${stderr.trim()}`);
    await this.write("bgpd.toml", config(""));
  }

  protected override spawn(): Process {
    return new Process(program, { args: [`${this.options.folder}/bgpd.toml`], cwd: this.options.folder });
  }

  /** Sockets are open, as far as its log says. */
  get listening(): boolean {
    return this.process.stderr.some((line) => listening.test(line));
  }

  protected override ready(): Promise<boolean> {
    return Promise.resolve(this.listening);
  }

  override count(): Promise<number> {
    return Promise.resolve(this.value("SELECT count(*) FROM routes"));
  }

  /** The RIB says so in order: an End-of-RIB is logged after the routes before it. */
  override async complete(_routes: number, timeoutMs: number): Promise<number> {
    const expected = 2 * this.peersOf("sender").length;
    const marks = () => {
      const found = this.process.stderr.flatMap((line) => endOfRib.exec(line)?.[1] ?? []);
      return found.length >= expected && found;
    };
    const found = await waitFor("End-of-RIB of all", marks, {
      timeoutMs,
      intervalMs: 5,
      while: () => this.process.running,
      detail: () => this.process.log(10),
    });
    return Math.max(...found.map((time) => Date.parse(time)));
  }

  /** When every row, the key and the index for origins were visible to other programs; on the wall clock. */
  async visible(perPeer: number, prefixes: number, timeoutMs: number): Promise<number> {
    const senders = this.peersOf("sender").map(({ address }) => address);
    const ids = senders.map((address) => this.value("SELECT id FROM peers WHERE remote_ip = ?", address));
    const end = performance.now() + timeoutMs;
    while (performance.now() < end && this.process.running) {
      const at = Date.now();
      const rough = this.value("SELECT max(id) FROM prefixes") >= prefixes &&
        this.value(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'index'" +
              " AND name IN ('prefixes_key', 'attributes_origin', 'routes_attribute')",
          ) === 3 &&
        ids.every((id) => this.value("SELECT max(prefix_id) FROM routes WHERE peer_id = ?", id) >= prefixes);
      if (
        rough && this.value("SELECT count(*) FROM best") === prefixes && await this.count() === perPeer * senders.length
      ) return at;
      await sleep(10);
    }
    throw new Error(`${await this.count()} routes in the database, not ${perPeer * senders.length}`);
  }

  override lookup(address: string): Question {
    const [a, b, c, d] = address.split(".");
    return this.sqlite3(
      `WITH a(v) AS (SELECT (${a}<<24) + (${b}<<16) + (${c}<<8) + ${d}),
l(n) AS (VALUES(32) UNION ALL SELECT n-1 FROM l WHERE n>0)
SELECT r.* FROM a, l CROSS JOIN prefixes x ON x.family=1 AND x.hi=(a.v>>(32-l.n))<<(32-l.n) AND x.lo=0 AND x.len=l.n
CROSS JOIN loc_rib r ON r.prefix_id=x.id ORDER BY l.n DESC LIMIT 1`,
    );
  }

  override origin(asn: number): Question {
    return this.sqlite3(`SELECT peer, prefix, next_hop, as_path FROM rib WHERE origin_as = ${asn}`);
  }

  /** A person's question, with the program everybody has. */
  sqlite3(query: string): Question {
    return { program: "sqlite3", args: ["-readonly", "-cmd", ".timeout 5000", this.database, query] };
  }

  /** The same with its own command. */
  cli(address: string): Question {
    return { program, args: ["show", "routes", address, "--database", this.database] };
  }

  /** The longest time its main thread did not answer, milliseconds. */
  get longestStallMs(): number {
    return this.value("SELECT value FROM daemon WHERE key = 'longest_stall_ms'");
  }

  /** CPU time of each of its threads. Workers have numbers in the order of their start: the store, the RIB. */
  get threadSeconds(): Record<"main" | "store" | "rib" | "other", number> {
    const found = { main: 0, store: 0, rib: 0, other: 0 };
    for (const [name, seconds] of threadSeconds(this.process.pid)) {
      found[name === "deno" ? "main" : name === "worker-1" ? "store" : name === "worker-2" ? "rib" : "other"] +=
        seconds;
    }
    return found;
  }

  override async stop(): Promise<void> {
    this.#reader?.close();
    this.#reader = undefined;
    await super.stop();
  }
}
