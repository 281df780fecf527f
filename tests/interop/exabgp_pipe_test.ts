/**
 * The way of FastNetMon: it writes lines for ExaBGP into a named pipe. The rules reach FRR, stand in SQL, stay over a
 * crash of bgpd, and go when they are withdrawn or their time is over.
 */
import assert from "node:assert/strict";
import { type Bgpd, bgpdPath, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process, run } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";
import { type Peer, peerKinds, startPeer } from "./peers/mod.ts";
import { canRun } from "./star.ts";

const frr = peerKinds.find(({ title }) => title === "FRR")!;

/** The lines of FastNetMon: a FlowSpec rule, and a blackhole. */
const flow = (action: string, host: string) =>
  `${action} flow route { match { destination ${host}/32; protocol [ udp ]; destination-port [ =53 ]; } ` +
  "then { discard; } }";
const blackhole = (action: string) => `${action} route 203.0.113.66/32 next-hop 192.0.2.66 community [65000:666]`;

const rule = (host: string) => `destination ${host} protocol =udp destination-port =53`;
const [zero, one, two] = ["203.0.113.200/32", "203.0.113.7/32", "203.0.113.8/32"];

/** A row of `announcement_status` that FRR has. */
const row = (rule: string | null, prefix: string | null) => ({
  rule,
  prefix,
  source: "exabgp:fastnetmon",
  state: "announced",
  sent_to: 1,
});

function rowsOf(bgpd: Bgpd): string {
  return JSON.stringify(
    bgpd.sql("SELECT rule, prefix, source, state, sent_to FROM announcement_status ORDER BY id"),
  );
}

/** bgpd with FRR as its peer, and the pipe beside its database. */
class PipeLab implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #ours = loopback();
  readonly #theirs = loopback();
  readonly #port = freePort(this.#ours);
  readonly #local = { address: this.#theirs, port: freePort(this.#theirs), asn: 65001 };
  #first: Bgpd | undefined;
  #frr: Peer | undefined;
  #reader: Process | undefined;

  get config(): string {
    return `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${this.#ours}:${this.#port}"
poll_interval = 1
[[peers]]
name = "edge"
remote_ip = "${this.#theirs}"
remote_as = 65001
local_ip = "${this.#ours}"
dest_port = ${this.#local.port}
families = ["ipv4 unicast", "ipv6 unicast", "ipv4 flowspec"]
`;
  }

  async start(): Promise<void> {
    this.#first = this.#stack.use(await startBgpd({ config: this.config }));
    const remote = { address: this.#ours, port: this.#port, asn: 65000 };
    const options = { routerId: "10.0.0.1", passive: true, routes: [], families: ["ipv4 flowspec"] };
    this.#frr = this.#stack.use(await startPeer(frr, { local: this.#local, remote, ...options }));
    this.startReader();
    await waitFor("the pipe", () => Deno.stat(this.pipe).then(({ isFifo }) => isFifo), { detail: this.detail });
    await this.#frr.waitEstablished({ detail: this.detail });
  }

  startReader(): void {
    const args = ["exabgp", "--pipe", this.pipe, "--name", "fastnetmon", "-d", "bgpd.db"];
    const reader = this.#reader = new Process(bgpdPath, { args, cwd: this.first.folder });
    this.#stack.defer(async () => void await reader.stop());
  }

  get first(): Bgpd {
    return this.#first!;
  }

  get pipe(): string {
    return `${this.first.folder}/exabgp.cmd`;
  }

  get reader(): Process {
    return this.#reader!;
  }

  readonly detail = () => [rowsOf(this.first), this.reader.log(), this.first.process.log(), this.#frr!.log].join("\n");

  /** Starts bgpd again on the same database. */
  async startAgain(): Promise<void> {
    this.#stack.use(await startBgpd({ config: this.config, cwd: this.first.folder }));
  }

  async write(line: string): Promise<void> {
    await run("sh", ["-c", `echo '${line}' > ${this.pipe}`]);
  }

  async #has(text: string): Promise<boolean> {
    return (await this.#frr!.ask("show bgp ipv4 flowspec detail")).includes(text);
  }

  async appears(text: string): Promise<void> {
    await waitFor(`${text} at FRR`, () => this.#has(text), { detail: this.detail, intervalMs: 20 });
  }

  async goes(text: string): Promise<void> {
    await waitFor(`no ${text} at FRR`, async () => !await this.#has(text), { detail: this.detail });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

Deno.test({
  name:
    "FastNetMon's pipe: a rule is at FRR within a second, survives kill -9, and goes when it is withdrawn or expires",
  ignore: !canRun("FastNetMon's pipe", [frr]),
  async fn() {
    await using lab = new PipeLab();
    await lab.start();
    // The first rule may wait for the session's first table.
    await lab.write(flow("announce", "203.0.113.200"));
    await lab.appears(zero);
    const began = performance.now();
    await lab.write(flow("announce", "203.0.113.7"));
    await lab.appears(one);
    assert.ok(performance.now() - began < 1_000, `the rule took ${Math.round(performance.now() - began)} ms`);
    await lab.write(blackhole("announce"));
    const expected = JSON.stringify([row(rule(zero), null), row(rule(one), null), row(null, "203.0.113.66/32")]);
    await waitFor("the rows in SQL", () => rowsOf(lab.first) === expected, { detail: lab.detail });

    lab.first.process.signal("SIGKILL");
    await lab.first.process.end();
    await lab.goes(one);
    // While bgpd is down, the row waits for its next start; the reader of the pipe may start before bgpd.
    await lab.reader.stop();
    lab.startReader();
    await lab.reader.waitForLine(/no bgpd is running/);
    await lab.write(flow("announce", "203.0.113.8"));
    await waitFor("the row", () => rowsOf(lab.first).includes(two), { detail: lab.detail });
    await lab.startAgain();
    await lab.appears(one);
    await lab.appears(two);

    await lab.write(flow("withdraw", "203.0.113.7"));
    await lab.goes(one);
    const soon = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 second')";
    await lab.first.sqlite3(`UPDATE announcements SET expires_at = ${soon} WHERE rule = '${rule(two)}'`);
    await lab.goes(two);
    await lab.write("announce flow route { match { destination 203.0.113.0/33; } then { discard; } }");
    await lab.reader.waitForLine(/203\.0\.113\.0\/33.*, in: announce flow/);
  },
});

Deno.test("bgpd exabgp convert is bgpd convert exabgp", async () => {
  const help = await run(bgpdPath, ["exabgp", "convert", "--help"]);
  assert.deepEqual(help, await run(bgpdPath, ["convert", "exabgp", "--help"]));
});
