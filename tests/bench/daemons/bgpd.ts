/** The driver of bgpd. It counts with the API, as monitoring does, and asks with plain `sqlite3`. */
import { DatabaseSync } from "node:sqlite";
import { controlSocketPath } from "../../../src/control/mod.ts";
import { bgpdPath } from "../../support/bgpd.ts";
import { Process, run } from "../../support/process.ts";
import { sleep } from "../../support/wait.ts";
import { KeptConnection } from "../kept_connection.ts";
import { threadSeconds } from "../process_tree.ts";
import { BenchDaemon, type Question } from "./daemon.ts";

/** Another build of it, to compare or to profile. */
export const program = Deno.env.get("BENCH_BGPD") ?? bgpdPath;
const listening = /listening on/;
const endOfRib = /\bEnd-of-RIB, /;

export class Bgpd extends BenchDaemon {
  static readonly title = "bgpd";
  static readonly programs = [program];
  /** A KEEPALIVE every three seconds: late ones show. */
  protected override readonly usualHoldTimeSeconds = 9;
  protected override readonly pollMs = 20;
  #reader: DatabaseSync | undefined;
  #api: Promise<KeptConnection> | undefined;

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
    const { address, port, asn, peers, onlyFrom } = this.options;
    const exported = onlyFrom === undefined ? "all" : "some";
    const sessions = peers.map(({ address, asn, role }) =>
      `[[peers]]
remote_ip = "${address}"
remote_as = ${asn}
passive = true
hold_timer = ${this.holdTimeSeconds}
${role === "sender" ? "" : `export = "${exported}"\nnext_hop = "self"`}
`
    );
    await this.write(
      "bgpd.toml",
      `router_id = "${address}"
default_as = ${asn}
bgp_socket = "${address}:${port}"
database = "${this.database}"
${sessions.join("")}
[[policies]]
name = "some"
[[policies.rules]]
match = { from_as = ${onlyFrom ?? asn} }
action = "accept"
`,
    );
  }

  protected override spawn(): Process {
    return new Process(program, { args: [`${this.options.folder}/bgpd.toml`], cwd: this.options.folder });
  }

  /** Sockets are open, as far as its log says. */
  get listening(): boolean {
    return this.process.stderr.some((line) => listening.test(line));
  }

  /** It has taken the End-of-RIB of some peer. */
  get servesSessions(): boolean {
    return this.process.stderr.some((line) => endOfRib.test(line));
  }

  protected override ready(): Promise<boolean> {
    return Promise.resolve(this.listening);
  }

  /** As its API says: on a connection that is kept open. */
  override async count(): Promise<number> {
    this.#api ??= Deno.connect({ transport: "unix", path: this.socket }).then((socket) => new KeptConnection(socket));
    const peers = await (await this.#api).get("/api/v1/peers") as readonly {
      readonly remote_ip: string;
      readonly prefixes_received: readonly { readonly count: number }[];
    }[];
    const senders = this.sending;
    return peers.filter(({ remote_ip }) => senders.has(remote_ip))
      .flatMap(({ prefixes_received }) => prefixes_received)
      .reduce((sum, { count }) => sum + count, 0);
  }

  /**
   * When other programs saw every row of `routes`, and when they saw the keys and the index for origins, too; on the
   * wall clock.
   */
  async visible(routes: number, prefixes: number, timeoutMs: number): Promise<{ rowsAt: number; allAt: number }> {
    const end = performance.now() + timeoutMs;
    let rowsAt: number | undefined;
    while (performance.now() < end && this.process.running) {
      const at = Date.now();
      const rows = rowsAt !== undefined ||
        this.value("SELECT max(id) FROM prefixes") >= prefixes && this.value("SELECT count(*) FROM routes") >= routes;
      if (rows) rowsAt ??= at;
      const indexes = this.value(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'index'" +
          " AND name IN ('prefixes_key', 'attributes_origin', 'routes_attribute')",
      );
      // The last row of a prefix that a reader sees is the one that says which route is best.
      if (rowsAt !== undefined && indexes === 3 && this.value("SELECT count(*) FROM best") === prefixes) {
        return { rowsAt, allAt: at };
      }
      await sleep(10);
    }
    throw new Error(`${this.value("SELECT count(*) FROM routes")} routes in the database, not ${routes}`);
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

  override peers(): Question {
    return { program, args: ["show", "peers", "--database", this.database] };
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
    (await this.#api?.catch(() => undefined))?.[Symbol.dispose]();
    this.#api = undefined;
    this.#reader?.close();
    this.#reader = undefined;
    await super.stop();
  }
}
