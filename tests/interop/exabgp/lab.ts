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
  /** It runs in `deno task soak exabgp`, not in the gate. */
  readonly isSlow?: boolean;
}

export interface Recorded {
  readonly table: readonly string[];
  readonly changes: readonly string[];
  readonly sessions: number;
  readonly log: string;
}

const familyWords: Readonly<Record<string, string>> = {
  "ipv4 labeled": "ipv4 nlri-mpls",
  "ipv4 vpn": "ipv4 mpls-vpn",
  "ipv4 flowspec": "ipv4 flow",
  "vpls": "l2vpn vpls",
};

/** Longer than any pause in the scripts. */
const quietMs = 2_700;

/** A script without routes has nothing that ends the wait. */
const firstMs = 10_000;

const unicast = ["ipv4 unicast", "ipv6 unicast"];

/** Runs the script with ExaBGP. */
export async function underExaBgp(script: ScriptCase): Promise<Recorded> {
  const { localAs = 1, peerAs = localAs, encoder = "json", routerId = "1.2.3.4" } = script;
  const folder = await Deno.makeTempDir({ prefix: "exabgp-script-" });
  const port = freePort("127.0.0.1");
  const families = [...unicast, ...script.families ?? []];
  const peer = new RecordingPeer({ port, asn: peerAs, families, ...announces(script) });
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
  try {
    await waitFor("the session", () => peer.sessions > 0, { detail: () => exabgp.log() });
    return await settled(peer, script, () => exabgp.log());
  } finally {
    exabgp.signal("SIGKILL");
    await exabgp.end(5_000);
    peer.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs the script with `bgpd exabgp`. */
export async function underBgpd(script: ScriptCase): Promise<Recorded> {
  const { localAs = 1, peerAs = localAs, encoder = "json", routerId = "1.2.3.4" } = script;
  const port = freePort("127.0.0.1");
  const families = [...unicast, ...script.families ?? []];
  const peer = new RecordingPeer({ port, asn: peerAs, families, ...announces(script) });
  await using bgpd = await startBgpd({
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
  const ignored = () => {};
  const joined = [program.stdout.pipeTo(exabgp.stdin), exabgp.stdout.pipeTo(program.stdin)].map((each) =>
    each.catch(ignored)
  );
  const said = Promise.all([exabgp, program].map(({ stderr }) => new Response(stderr).text()));
  let recorded: Recorded | undefined;
  try {
    recorded = await settled(peer, script, () => bgpd.process.log());
  } finally {
    peer.close();
    end(exabgp, "SIGTERM");
    await Promise.race([program.status, sleep(2_000)]);
    end(program, "SIGKILL");
  }
  await Promise.all(joined);
  return { ...recorded, log: `${(await said).join("\n")}\n${recorded.log}` };
}

function end(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch {
    // It has ended.
  }
}

/** Waits until the third peer has heard nothing for a while: the script has no more to say. */
async function settled(peer: RecordingPeer, { stopAfterMs }: ScriptCase, log: () => string): Promise<Recorded> {
  const began = performance.now();
  const quiet = () => {
    const silence = performance.now() - Math.max(began, peer.lastChange);
    return silence > (peer.changes.length === 0 ? firstMs : quietMs);
  };
  if (stopAfterMs === undefined) await waitFor("quiet", quiet, { timeoutMs: 40_000 });
  else await sleep(stopAfterMs);
  return {
    table: [...peer.table].map(([key, value]) => `${key} ${value}`).toSorted(),
    changes: [...peer.changes],
    sessions: peer.sessions,
    log: log(),
  };
}

function announces({ announces }: ScriptCase) {
  return announces === undefined ? {} : { announces };
}
