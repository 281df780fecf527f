/** Processes of ExaBGP: bgpd starts no programs, so each becomes a command line for a supervisor. */

import type { Draft } from "../draft.ts";
import type { Place } from "../place.ts";

export interface Program {
  readonly name: string;
  readonly run: string;
  readonly encoder: string | undefined;
  readonly at: Place;
  /** What is reported to the program of each peer: the events of `bgpd exabgp`. */
  readonly peers: Map<string, ReadonlySet<string>>;
}

export function addProcesses(programs: readonly Program[], draft: Draft): void {
  for (const { name, run, encoder, at, peers } of programs) {
    const events = new Set([...peers.values()].flatMap((each) => [...each]));
    const isForAll = draft.peers.every(({ keys }) => peers.has(String(keys.get("remote_ip"))));
    const options = [
      `--name ${name}`,
      ...encoder === "json" ? ["--encoder json"] : [],
      ...events.size === 0 ? [] : [`--events ${[...events].join(",")}`],
      ...isForAll ? [] : [...peers.keys()].map((peer) => `--peer ${peer}`),
      ...draft.commands.length === 0 ? [] : ["--first COMMANDS"],
    ];
    const command = `socat EXEC:"${run}" EXEC:"bgpd exabgp ${options.join(" ")}"`;
    draft.notes.remark(at, `process ${name}: a supervisor starts the program and joins it to bgpd: ${command}`);
  }
  if (draft.commands.length === 0) return;
  draft.looseComments.push(
    "Routes that bgpd has no key for, as commands: write them to a file and name it with bgpd exabgp --first",
    ...draft.commands.map((command) => `  ${command}`),
  );
}
