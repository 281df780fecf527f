/**
 * `deno task demo`: bgpd in a folder of its own, with two providers that announce a small table, and commands to try.
 * Everything runs from source and on loopback. Ctrl-C ends the demo and removes the folder.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { runFlags } from "./permissions.ts";
import { TextLineStream } from "./text_lines.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const table = `${root}/examples/demo/table.mrt.gz`;
const preferredPort = 1179;
const preferredWebPort = 8080;
const startLimitMs = 60_000;
/** How the reader of the demo can start Deno: `npx -y deno@2.9.6 task demo` leaves no `deno` on his PATH. */
const deno = Deno.env.get("npm_command") === "exec" ? "npx -y deno@2.9.6" : "deno";

interface Provider {
  readonly address: string;
  readonly asn: number;
  readonly name: string;
}

/** Only Linux has all of 127.0.0.0/8 without configuration. */
const providers: readonly Provider[] = Deno.build.os === "linux"
  ? [{ address: "127.0.0.2", asn: 64500, name: "Northern Transit" }, {
    address: "127.0.0.3",
    asn: 64501,
    name: "Southern Transit",
  }]
  : [{ address: "127.0.0.1", asn: 64500, name: "Northern Transit" }];

function bgpd(folder: string, args: readonly string[], stdout: "piped" | "inherit" = "piped"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--config", `${root}/deno.json`, ...runFlags, `${root}/main.ts`, ...args],
    cwd: folder,
    stdin: "null",
    stdout,
    stderr: "piped",
  });
}

function config(port: number): string {
  const peers = providers.map(({ address, asn, name }) => `
[[peers]]
description = "${name}"
remote_ip = "${address}"
remote_as = ${asn}
passive = true
`);
  return `router_id = "192.0.2.100"
default_as = 64510
bgp_socket = "127.0.0.1:${port}"
database = "bgpd.db"
${peers.join("")}`;
}

class Demo {
  readonly #folder: string;
  readonly #stopped: Promise<void>;
  readonly #children: Deno.ChildProcess[] = [];
  #stopping = false;

  constructor(folder: string, stopped: Promise<void>) {
    this.#folder = folder;
    this.#stopped = stopped;
    stopped.then(() => this.#stopping = true);
  }

  /** The exit code. */
  async run(): Promise<number> {
    const port = freePort(preferredPort), page = `127.0.0.1:${freePort(preferredWebPort)}`;
    await Deno.writeTextFile(`${this.#folder}/bgpd.toml`, config(port));
    say(`Starting bgpd in ${this.#folder} …`);
    const daemon = bgpd(this.#folder, ["bgpd.toml", "--web", page]).spawn();
    this.#children.push(daemon);
    const failed = this.#watch(daemon, "bgpd");
    await this.#until("listening", daemon.stderr, /listening on/, failed);
    for (const { name, address, asn } of providers) {
      say(`${name}, AS ${asn}, dials from ${address} and announces its table …`);
      const peer = String(asn - providers[0]!.asn);
      const args = ["--to", `127.0.0.1:${port}`, "--from", address, "--peer", peer, "--as", `${asn}`, "--stay"];
      const replay = bgpd(this.#folder, ["mrt", "replay", table, ...args]).spawn();
      this.#children.push(replay);
      await this.#until("sent", replay.stderr, /the session stays/, Promise.race([failed, this.#watch(replay, name)]));
    }
    const complete = "SELECT count(*) = count(eor_at) AND sum(routes) = (SELECT count(*) FROM rib) FROM peer_status";
    for (let tries = 0; !this.#stopping && (await this.#ask("sql", complete)).trim() !== "1"; tries++) {
      if (tries === 40) throw new Error("the tables did not arrive in the database");
    }
    await this.#show("show", "peers");
    await this.#show("sql", "SELECT peer, prefix, next_hop, as_path, best FROM rib LIMIT 8");
    await this.#show("show", "routes", "--best", "--origin-as", await this.#busiestOrigin());
    if (this.#stopping) return 0;
    say(`
It runs until Ctrl-C. Look at it: http://${page}/

Go on in another terminal, here with bgpd's own commands:

  ${deno} task --quiet start top -d ${this.#folder}/bgpd.db
  ${deno} task --quiet start watch -d ${this.#folder}/bgpd.db

and anywhere with any SQLite client:

  sqlite3 -cmd '.timeout 5000' ${this.#folder}/bgpd.db "SELECT best_reason, count(*) FROM loc_rib GROUP BY 1"
  sqlite3 -cmd '.timeout 5000' ${this.#folder}/bgpd.db ".schema rib"
`);
    await Promise.race([this.#stopped, failed]);
    return 0;
  }

  /** Ends what was started: replays first, so that bgpd hears their goodbye. */
  async stop(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      try {
        child.kill("SIGTERM");
      } catch {
        // Ctrl-C reached it too.
      }
      await child.status;
    }
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** Rejects where the program ends by itself. */
  #watch(child: Deno.ChildProcess, name: string): Promise<never> {
    child.stdout.cancel();
    const ended = child.status.then(({ code }) => {
      if (this.#stopping) return new Promise<never>(() => {});
      throw new Error(`${name} ended with ${code}`);
    });
    ended.catch(() => {});
    return ended;
  }

  /** Reads what a program says for as long as it runs; resolves at the first line like this. */
  async #until(what: string, stream: ReadableStream<Uint8Array>, pattern: RegExp, failed: Promise<never>) {
    const found = Promise.withResolvers<void>();
    const said: string[] = [];
    (async () => {
      for await (const line of stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
        said.push(line);
        if (pattern.test(line)) found.resolve();
      }
    })();
    const limit = setTimeout(() => found.reject(new Error(`not ${what} in time`)), startLimitMs);
    try {
      await Promise.race([found.promise, failed, this.#stopped]);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}:\n${said.join("\n")}`);
    } finally {
      clearTimeout(limit);
    }
  }

  async #show(...args: string[]): Promise<void> {
    if (this.#stopping) return;
    const words = args.map((word) => /^[\w.:/-]+$/.test(word) ? word : `"${word}"`);
    say(`\n$ bgpd ${words.join(" ")}`);
    // The command asks its own output how wide the terminal is.
    const { code, stderr } = await bgpd(this.#folder, args, "inherit").output();
    this.#check(code, stderr);
  }

  async #ask(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await bgpd(this.#folder, args).output();
    this.#check(code, stderr);
    return new TextDecoder().decode(stdout);
  }

  #check(code: number, stderr: Uint8Array): void {
    if (code !== 0 && !this.#stopping) throw new Error(new TextDecoder().decode(stderr));
  }

  async #busiestOrigin(): Promise<string> {
    const query =
      "SELECT origin_as FROM loc_rib WHERE family_id = 1 GROUP BY 1 HAVING count(*) < 8 ORDER BY count(*) DESC LIMIT 1";
    return (await this.#ask("sql", query)).trim();
  }
}

function say(text: string): void {
  console.log(text);
}

function freePort(preferred: number): number {
  for (const port of [preferred, 0]) {
    try {
      const listener = Deno.listen({ hostname: "127.0.0.1", port });
      listener.close();
      return listener.addr.port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("no port is free");
}

async function main(): Promise<number> {
  const stopped = Promise.withResolvers<void>();
  const onSignal = () => stopped.resolve();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, onSignal);
  const demo = new Demo(await Deno.makeTempDir({ prefix: "bgpd-demo-" }), stopped.promise);
  try {
    return await demo.run();
  } catch (error) {
    console.error(`demo: ${error instanceof Error ? error.message : error}`);
    return 1;
  } finally {
    stopped.resolve();
    await demo.stop();
    say("Stopped; nothing is left behind.");
  }
}

if (import.meta.main) Deno.exit(await main());
