/** `bgpd peer add|remove|list|config`: peers that are added to those of the configuration file. */

import { canonicalRemote } from "../../../types/mod.ts";
import type { ConfiguredPeerJson } from "../../schema/configured_peer.ts";
import { type Command, CommandError, type Input, type Io, UsageError } from "../command.ts";
import { callDaemon } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { printJsonList } from "../text/rows.ts";
import { type Cell, type Column, outputFor, printTable, wideOption } from "../text/table.ts";

const pathOf = (name: string) => `/configured-peers/${encodeURIComponent(name)}`;

export const addPeerCommand: Command = {
  name: "add",
  summary: "add a peer, or a network of peers; it stays over restarts and reloads until it is removed",
  arguments: [{ name: "[ADDRESS]", doc: "address of the peer; or a network, to accept every peer inside it" }],
  options: [
    { flags: "--name NAME", doc: "name of the peer (default: its address)" },
    {
      flags: "--interface NAME",
      doc: "interface to the peer; without ADDRESS, the peer is the only neighbor on it; a link-local ADDRESS needs it",
    },
    { flags: "--remote-as ASN", doc: "AS of the peer; optional for a network" },
    {
      flags: "--group NAME",
      doc: "take defaults from this entry of [[groups]]; may be given several times",
      isList: true,
    },
    {
      flags: "--set KEY=VALUE",
      doc: "set a key of [[peers]]; text needs no quotes; may be given several times",
      isList: true,
    },
    {
      flags: "--replace",
      doc: "replace a peer that was added before; the session resets only if a changed key requires it",
    },
    ...databaseOptions,
  ],
  examples: [
    ["bgpd peer add 192.0.2.9 --remote-as 65009", "add a peer that the configuration file does not have"],
    ["bgpd peer add --interface eth2 --remote-as 65002", "add the only neighbor on a link"],
    [
      "bgpd peer add 192.0.2.9 --group lab --set hold_timer=30 --set role=customer",
      "add a peer with the defaults of a group and two keys of its own",
    ],
  ],
  async run(input, io) {
    const query = input.flag("replace") ? "?replace=true" : "";
    const call = { method: "POST", path: `/configured-peers${query}`, body: await peerKeys(input) } as const;
    const peer = await callDaemon<ConfiguredPeerJson>(await databasePath(input, io), call);
    return report(peer, "was added", input, io);
  },
};

export const removePeerCommand: Command = {
  name: "remove",
  summary: "remove a peer that was added; its session ends and its routes are removed",
  arguments: [{ name: "<PEER>", doc: "name, or an address, network or description that no other peer has" }],
  options: databaseOptions,
  examples: [["bgpd peer remove 192.0.2.9", "remove a peer that was added with peer add"]],
  async run(input, io) {
    const call = { method: "DELETE", path: pathOf(input.required(0)) } as const;
    return report(await callDaemon<ConfiguredPeerJson>(await databasePath(input, io), call), "was removed", input, io);
  },
};

export const listPeersCommand: Command = {
  name: "list",
  summary: "list the peers and networks of the configuration file, and those that were added",
  options: [...databaseOptions, wideOption],
  examples: [["bgpd peer list", "list all peers and where each comes from"]],
  async run(input, io) {
    const peers = await configuredPeers(input, io);
    if (input.flag("json")) printJsonList(peers.map((peer) => JSON.stringify(peer)), io);
    else if (peers.length === 0) io.message("no peers are configured");
    else printPeers(peers, outputFor(input, io));
    return 0;
  },
};

export const peerConfigCommand: Command = {
  name: "config",
  summary: "print peers that were added, in the format of the configuration file",
  arguments: [{ name: "[PEER]", doc: "name, address, network or description (default: all peers that were added)" }],
  options: databaseOptions,
  examples: [["bgpd peer config >> bgpd.toml", "write the added peers to the configuration file"]],
  async run(input, io) {
    const [wanted] = input.words;
    const peers = (await configuredPeers(input, io)).filter(({ toml, peer, remote_ip: remote, description }) =>
      wanted === undefined ? toml !== null : [peer, remote, description].includes(canonicalRemote(wanted) ?? wanted)
    );
    const added = peers.filter(({ toml }) => toml !== null);
    if (wanted !== undefined && peers.length === 0) throw new CommandError(`there is no peer ${wanted}`);
    if (wanted !== undefined && added.length === 0) {
      throw new CommandError(`${wanted} was not added by command: it is in the configuration file`);
    }
    if (input.flag("json")) printJsonList(added.map((peer) => JSON.stringify(peer)), io);
    else io.write(added.map(({ toml }) => `[[peers]]\n${toml}`).join("\n"));
    return 0;
  },
};

const columns: readonly Column[] = [
  { title: "Peer", fit: "address" },
  { title: "AS" },
  { title: "Group" },
  { title: "Description" },
  { title: "From" },
  { title: "Note", fit: "sentence" },
];

function printPeers(peers: readonly ConfiguredPeerJson[], io: Io): void {
  // If every name is an address, a column for the address would repeat it.
  const named = peers.some(({ peer, remote_ip: remote }) => remote !== null && remote !== peer);
  const rows = peers.map((peer) => row(peer, named));
  const titles = named ? columns.toSpliced(1, 0, { title: "Address", fit: "address" }) : columns;
  printTable(titles, rows, io);
}

function row(peer: ConfiguredPeerJson, named: boolean): { mark: string; cells: (string | Cell)[] } {
  const error: Cell = { text: peer.error ?? "", colour: "yellow" };
  return {
    mark: peer.error === null ? " " : "!",
    cells: [
      peer.peer,
      ...named ? [peer.remote_ip ?? ""] : [],
      String(peer.peer_as ?? (peer.error === null ? "any" : "")),
      peer.group ?? "",
      peer.description ?? "",
      peer.source,
      error,
    ],
  };
}

async function configuredPeers(input: Input, io: Io): Promise<ConfiguredPeerJson[]> {
  return await callDaemon<ConfiguredPeerJson[]>(await databasePath(input, io), { path: "/configured-peers" });
}

function report(peer: ConfiguredPeerJson, what: string, input: Input, io: Io): number {
  io.write(input.flag("json") ? JSON.stringify(peer, undefined, 2) + "\n" : `${peer.peer} ${what}\n`);
  return 0;
}

/** The keys of `[[peers]]` that the command line gives. */
async function peerKeys(input: Input): Promise<Record<string, unknown>> {
  const [address] = input.words;
  const link = input.text("interface");
  if (address === undefined && link === undefined) throw new UsageError("peer add needs an address, or --interface");
  const keys: Record<string, unknown> = {
    ...address === undefined ? {} : { remote_ip: address },
    ...link === undefined ? {} : { interface: link },
  };
  const name = input.text("name");
  if (name !== undefined) keys["name"] = name;
  const asn = input.text("remote-as");
  // An AS number may be written "1.10" (RFC 5396).
  if (asn !== undefined) keys["remote_as"] = /^\d{1,10}$/.test(asn) ? Number(asn) : asn;
  const groups = input.list("group");
  if (groups.length > 0) keys["group"] = groups.length === 1 ? groups[0] : groups;
  const settings = input.list("set");
  if (settings.length === 0) return keys;
  // Only these words need the language of configurations.
  const { parseTomlValue } = await import("../../../config/mod.ts");
  for (const setting of settings) {
    const [, key, text] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/s.exec(setting) ?? [];
    if (key === undefined || text === undefined) {
      throw new UsageError(`--set takes KEY=VALUE, for example hold_timer=30, not "${setting}"`);
    }
    if (key in keys) throw new UsageError(`${key} is given twice`);
    keys[key] = parseTomlValue(text) ?? text;
  }
  return keys;
}
