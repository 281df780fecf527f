/** `bgpd peer enable|disable|reset|refresh X`; `peer_config.ts` has the commands that make and unmake peers. */

import type { PeerJson } from "../../schema/peer.ts";
import { type Command, type Input, type Io, type Option, UsageError } from "../command.ts";
import { callDaemon } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { addPeerCommand, listPeersCommand, peerConfigCommand, removePeerCommand } from "./peer_config.ts";

const messageOption: Option = {
  flags: "-m, --message TEXT",
  doc: "for the operator on the other side (RFC 9003)",
};

const peerArgument = { name: "<PEER>", doc: "its name; or its address or description, where no other has the same" };

/** How long a session is drained. */
const defaultDrainSeconds = 60;

const disableExamples = [
  ["bgpd peer disable 192.0.2.1 -m maintenance", "end a session, with a word for the other side"],
  ["bgpd peer disable 192.0.2.1 --graceful --wait 120", "the same, when traffic has found another way"],
] as const;

const refreshExample = ["bgpd peer refresh 192.0.2.1 --in", "ask for the routes again"] as const;

export const peerCommand: Command = {
  name: "peer",
  summary: "enable, disable, reset or refresh a peer; add and remove peers",
  commands: [
    addPeerCommand,
    removePeerCommand,
    listPeersCommand,
    peerConfigCommand,
    {
      name: "enable",
      summary: "start its session",
      arguments: [peerArgument],
      options: databaseOptions,
      examples: [["bgpd peer enable 192.0.2.1", "begin again what peer disable or max_prefixes ended"]],
      run: (input, io) => act(input, io, "enable", {}, () => "is enabled"),
    },
    {
      name: "disable",
      summary: "end its session; until it is enabled, or bgpd restarts or reloads",
      arguments: [peerArgument],
      options: [
        messageOption,
        { flags: "--graceful", doc: "first announce our routes as about to go, so that traffic leaves (RFC 8326)" },
        { flags: "--wait SECONDS", doc: `with --graceful: how long (default ${defaultDrainSeconds})` },
        ...databaseOptions,
      ],
      examples: disableExamples,
      run: disable,
    },
    {
      name: "reset",
      summary: "end its session and start it again",
      arguments: [peerArgument],
      options: [
        messageOption,
        { flags: "--graceful", doc: "routes stay on both sides meanwhile, where the peer knows RFC 8538" },
        ...databaseOptions,
      ],
      examples: [["bgpd peer reset 192.0.2.1 -m maintenance", "with a word for the other side"]],
      run: (input, io) =>
        act(input, io, "reset", { ...messageOf(input), graceful: input.flag("graceful") }, () => "was reset"),
    },
    {
      name: "refresh",
      summary: "have routes sent again, both ways or one; the session stays",
      arguments: [peerArgument],
      options: [
        { flags: "--in", doc: "the peer sends its routes again (RFC 2918)" },
        { flags: "--out", doc: "ours go out again" },
        ...databaseOptions,
      ],
      examples: [refreshExample],
      run(input, io) {
        const [isIn, isOut] = [input.flag("in"), input.flag("out")];
        const direction = isIn === isOut ? "both" : isIn ? "in" : "out";
        const done = {
          in: "was asked for its routes",
          out: "is told our routes again",
          both: "is refreshed both ways",
        };
        return act(input, io, "refresh", { direction }, () => done[direction]);
      },
    },
  ],
  examples: [
    ...disableExamples,
    refreshExample,
    ["bgpd peer add 192.0.2.9 --remote-as 65009", "a peer that the configuration does not have"],
  ],
};

function disable(input: Input, io: Io): Promise<number> {
  const seconds = input.number("wait", 0, 86_400);
  if (!input.flag("graceful")) {
    if (seconds !== undefined) throw new UsageError("--wait goes with --graceful");
    return act(input, io, "disable", messageOf(input), () => "is disabled");
  }
  const body = { ...messageOf(input), drain_seconds: seconds ?? defaultDrainSeconds };
  return act(
    input,
    io,
    "disable",
    body,
    ({ drained_at: at }) => at === null ? "is disabled: it had no session" : `is drained; its session ends at ${at}`,
  );
}

function messageOf(input: Input): { message?: string } {
  const message = input.text("message");
  return message === undefined ? {} : { message };
}

async function act(
  input: Input,
  io: Io,
  action: string,
  body: object,
  done: (peer: PeerJson) => string,
): Promise<number> {
  const name = input.words[0]!;
  const path = `/peers/${encodeURIComponent(name)}/${action}`;
  const hasBody = action !== "enable";
  const call = { method: "POST", path, ...hasBody ? { body } : {} } as const;
  const peer = await callDaemon<PeerJson>(databasePath(input, io), call);
  io.write(input.flag("json") ? JSON.stringify(peer, undefined, 2) + "\n" : `${peer.peer} ${done(peer)}\n`);
  return 0;
}
