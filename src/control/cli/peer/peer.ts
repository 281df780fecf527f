/** `bgpd peer enable|disable|reset|refresh PEER`; `peer_config.ts` has the commands that add and remove peers. */

import type { PeerJson } from "../../schema/peer.ts";
import { type Command, type Input, type Io, type Option, UsageError } from "../command.ts";
import { callDaemon } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { addPeerCommand, listPeersCommand, peerConfigCommand, removePeerCommand } from "./peer_config.ts";

const messageOption: Option = {
  flags: "-m, --message TEXT",
  doc: "text for the operator of the peer (RFC 9003)",
};

const peerArgument = { name: "<PEER>", doc: "name, or an address or description that no other peer has" };

/** How long a session is drained before it ends. */
const defaultDrainSeconds = 60;

const disableExamples = [
  ["bgpd peer disable 192.0.2.1 -m maintenance", "end the session and send a message to the operator of the peer"],
  ["bgpd peer disable 192.0.2.1 --graceful --wait 120", "move traffic away for 120 s, then end the session"],
] as const;

const refreshExample = ["bgpd peer refresh 192.0.2.1 --in", "ask the peer to send its routes again"] as const;

export const peerCommand: Command = {
  name: "peer",
  summary: "enable, disable, reset, refresh, add and remove peers",
  commands: [
    addPeerCommand,
    removePeerCommand,
    listPeersCommand,
    peerConfigCommand,
    {
      name: "enable",
      summary: "enable a peer and start its session",
      arguments: [peerArgument],
      options: databaseOptions,
      examples: [["bgpd peer enable 192.0.2.1", "start the session again after peer disable or max_prefixes"]],
      run: (input, io) => act(input, io, "enable", {}, () => "is enabled"),
    },
    {
      name: "disable",
      summary: "end the session of a peer; it stays disabled until peer enable, restart or reload",
      arguments: [peerArgument],
      options: [
        messageOption,
        {
          flags: "--graceful",
          doc: "first announce our routes with GRACEFUL_SHUTDOWN, so that traffic moves away (RFC 8326)",
        },
        {
          flags: "--wait SECONDS",
          doc: `with --graceful: time until the session ends (default ${defaultDrainSeconds})`,
        },
        ...databaseOptions,
      ],
      examples: disableExamples,
      run: disable,
    },
    {
      name: "reset",
      summary: "end the session of a peer and start it again",
      arguments: [peerArgument],
      options: [
        messageOption,
        {
          flags: "--graceful",
          doc: "both sides keep each other's routes until the session is up again, if the peer supports RFC 8538",
        },
        ...databaseOptions,
      ],
      examples: [[
        "bgpd peer reset 192.0.2.1 -m maintenance",
        "reset the session and send a message to the operator of the peer",
      ]],
      run: (input, io) =>
        act(input, io, "reset", { ...messageOf(input), graceful: input.flag("graceful") }, () => "was reset"),
    },
    {
      name: "refresh",
      summary: "exchange all routes again without a reset, in one or both directions",
      arguments: [peerArgument],
      options: [
        { flags: "--in", doc: "only ask the peer to send its routes again (RFC 2918)" },
        { flags: "--out", doc: "only send our routes again" },
        ...databaseOptions,
      ],
      examples: [refreshExample],
      run(input, io) {
        const [isIn, isOut] = [input.flag("in"), input.flag("out")];
        const direction = isIn === isOut ? "both" : isIn ? "in" : "out";
        const done = {
          in: "was asked to send its routes again",
          out: "is sent our routes again",
          both: "was asked to send its routes again, and is sent ours again",
        };
        return act(input, io, "refresh", { direction }, () => done[direction]);
      },
    },
  ],
  examples: [
    ...disableExamples,
    refreshExample,
    ["bgpd peer add 192.0.2.9 --remote-as 65009", "add a peer that the configuration file does not have"],
  ],
};

function disable(input: Input, io: Io): Promise<number> {
  const seconds = input.number("wait", 0, 86_400);
  if (!input.flag("graceful")) {
    if (seconds !== undefined) throw new UsageError("--wait needs --graceful");
    return act(input, io, "disable", messageOf(input), () => "is disabled");
  }
  const body = { ...messageOf(input), drain_seconds: seconds ?? defaultDrainSeconds };
  return act(
    input,
    io,
    "disable",
    body,
    ({ drained_at: at }) =>
      at === null ? "is disabled; it had no session" : `is being drained; its session ends at ${at}`,
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
  const name = input.required(0);
  const path = `/peers/${encodeURIComponent(name)}/${action}`;
  const hasBody = action !== "enable";
  const call = { method: "POST", path, ...hasBody ? { body } : {} } as const;
  const peer = await callDaemon<PeerJson>(await databasePath(input, io), call);
  io.write(input.flag("json") ? JSON.stringify(peer, undefined, 2) + "\n" : `${peer.peer} ${done(peer)}\n`);
  return 0;
}
