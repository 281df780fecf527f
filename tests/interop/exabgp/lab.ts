/** One script, once under ExaBGP and once under bgpd, and what a third peer received from each. */
import { bgpdPath, startBgpd } from "../../support/bgpd.ts";
import { freePort } from "../../support/net.ts";
import { Process } from "../../support/process.ts";
import { sleep, waitFor } from "../../support/wait.ts";
import { RecordingPeer } from "./recording_peer.ts";

export interface ScriptCase {
  readonly title: string;
  /** The program and its arguments. */
  readonly run: readonly string[];
  readonly encoder?: "text" | "json";
  /** In bgpd's words; unicast of both kinds is there anyway. */
  readonly families?: readonly string[];
  /** Both sides are in this AS, unless `peerAs` is given. */
  readonly localAs?: number;
  readonly peerAs?: number;
  readonly routerId?: string;
  /** Lines in the `api` block of ExaBGP, and the events of bgpd that stand for them. */
  readonly api?: string;
  readonly events?: string;
  /** `static { … }` of ExaBGP, and the commands that stand for it. */
  readonly routes?: string;
  readonly first?: readonly string[];
  /** What the third peer announces. */
  readonly announces?: string;
  /** A script that never ends is stopped after so many milliseconds. */
  readonly stopAfterMs?: number;
  /** How many routes there are in the end. */
  readonly expected?: number;
  /** It announces nothing. */
  readonly isSilent?: boolean;
  /**
   * The script withdraws a route and announces it again at once. On a busy machine, ExaBGP sends the withdrawal and
   * loses the announcement: ExaBGP's routes may then be fewer than those of the script.
   */
  readonly exabgpMayLose?: boolean;
  /** It runs in `deno task soak exabgp`, not in the gate. */
  readonly isSlow?: boolean;
}

/** A script that runs, and the third peer that hears of its routes. */
export interface Running extends AsyncDisposable {
  readonly peer: RecordingPeer;
  log(): string;
}

const familyWords: Readonly<Record<string, string>> = {
  "ipv4 labeled": "ipv4 nlri-mpls",
  "ipv4 vpn": "ipv4 mpls-vpn",
  "ipv4 flowspec": "ipv4 flow",
  "vpls": "l2vpn vpls",
};

const unicast = ["ipv4 unicast", "ipv6 unicast"];

/** Starts the script with ExaBGP. */
export async function withExaBgp(script: ScriptCase): Promise<Running> {
  const { localAs = 1, peerAs = localAs, encoder = "json", routerId = "1.2.3.4" } = script;
  const folder = await Deno.makeTempDir({ prefix: "exabgp-script-" });
  const port = freePort("127.0.0.1");
  const families = [...unicast, ...script.families ?? []];
  const peer = new RecordingPeer({ port, asn: peerAs, families, ...announces(script) });
  // The program ends, and ExaBGP does not start it again.
  await Deno.writeTextFile(`${folder}/run`, `#!/bin/sh\n${script.run.join(" ")}\nexec cat >/dev/null\n`);
  await Deno.chmod(`${folder}/run`, 0o755);
  await Deno.writeTextFile(
    `${folder}/exabgp.conf`,
    `process program { run ${folder}/run; encoder ${encoder}; respawn false; }
neighbor 127.0.0.1 {
  router-id ${routerId}; local-address 127.0.0.1; local-as ${localAs}; peer-as ${peerAs};
  connect ${port}; group-updates false;
  family { ${families.map((name) => `${familyWords[name] ?? name};`).join(" ")} }
  api { processes [ program ]; ${script.api ?? ""} }
  ${script.routes ?? ""}
}
`,
  );
  const env = {
    "exabgp.daemon.user": "root",
    "exabgp.daemon.drop": "false",
    "exabgp.log.destination": "stdout",
    "exabgp.api.cli": "false",
  };
  const exabgp = new Process("exabgp", { args: [`${folder}/exabgp.conf`], cwd: folder, env });
  return {
    peer,
    log: () => exabgp.log(),
    async [Symbol.asyncDispose]() {
      exabgp.signal("SIGKILL");
      await exabgp.end(5_000);
      peer.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Starts the script with `bgpd exabgp`. */
export async function withBgpd(script: ScriptCase): Promise<Running> {
  const { localAs = 1, peerAs = localAs, encoder = "json", routerId = "1.2.3.4" } = script;
  const port = freePort("127.0.0.1");
  const families = [...unicast, ...script.families ?? []];
  const peer = new RecordingPeer({ port, asn: peerAs, families, ...announces(script) });
  const bgpd = await startBgpd({
    config: `router_id = "${routerId}"
default_as = ${localAs}
bgp_socket = "127.0.0.1:${freePort("127.0.0.1")}"
[[peers]]
remote_ip = "127.0.0.1"
local_ip = "127.0.0.1"
dest_port = ${port}
remote_as = ${peerAs}
connect_retry = 1
families = ${JSON.stringify(families)}
next_hop_ipv6 = "::1"
`,
  });
  const { folder } = bgpd;
  await waitFor("the session", () => peer.sessions > 0, { detail: () => bgpd.process.log() });
  const options = ["exabgp", "--name", "program", "--encoder", encoder];
  if (script.events !== undefined) options.push("--events", script.events);
  if (script.first !== undefined) {
    await Deno.writeTextFile(`${folder}/first`, script.first.join("\n"));
    options.push("--first", "first");
  }
  // The two programs are joined as a supervisor or socat joins them.
  const pipes = { cwd: folder, stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const exabgp = new Deno.Command(bgpdPath, { args: options, ...pipes }).spawn();
  const program = new Deno.Command(script.run[0]!, { args: script.run.slice(1), ...pipes }).spawn();
  const joined = [program.stdout.pipeTo(exabgp.stdin), exabgp.stdout.pipeTo(program.stdin)].map((each) =>
    each.catch(() => {})
  );
  const said: string[] = [];
  const reading = [exabgp, program].map(async ({ stderr }) => {
    for await (const text of stderr.pipeThrough(new TextDecoderStream())) said.push(text);
  });
  return {
    peer,
    log: () => `${said.join("")}\n${bgpd.process.log()}`,
    async [Symbol.asyncDispose]() {
      peer.close();
      end(exabgp, "SIGTERM");
      await Promise.race([program.status, sleep(2_000)]);
      end(program, "SIGKILL");
      await Promise.all([...joined, ...reading]);
      await bgpd[Symbol.asyncDispose]();
    },
  };
}

function end(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch {
    // It has ended.
  }
}

function announces({ announces }: ScriptCase) {
  return announces === undefined ? {} : { announces };
}
