/** `bgpd peer add|remove|list|config`: which peers there are, beside those of the configuration file. */

import { canonicalRemote, parseTomlValue } from "../../../config/mod.ts";
import type { ConfiguredPeerJson } from "../../schema/configured_peer.ts";
import { type Command, CommandError, type Input, type Io, UsageError } from "../command.ts";
import { callDaemon } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { printJsonList } from "../text/rows.ts";
import { type Cell, type Column, tableLines } from "../text/table.ts";

const pathOf = (name: string) => `/configured-peers/${encodeURIComponent(name)}`;

export const addPeerCommand: Command = {
  name: "add",
  summary: "add a peer, or a network of peers; it stays over restarts and reloads until it is removed",
  arguments: [{ name: "[ADDRESS]", doc: "of the peer, or a network: accepts any peer inside it" }],
  options: [
    { flags: "--name NAME", doc: "what it is called; its address where this is left out" },
    { flags: "--interface NAME", doc: "in place of an address: the one neighbour there; or of a link-local one" },
    { flags: "--remote-as AS", doc: "its AS; a network may do without" },
    { flags: "--group NAME", doc: "the [[groups]] with its defaults; again for another one", isList: true },
    {
      flags: "--set KEY=VALUE",
      doc: "any key of [[peers]]; text may do without quotes; again for another one",
      isList: true,
    },
    { flags: "--replace", doc: "in place of what was added before; only what must reset does" },
    ...databaseOptions,
  ],
  examples: [
    ["bgpd peer add 192.0.2.9 --remote-as 65009", "a peer that the configuration does not have"],
    ["bgpd peer add --interface eth2 --remote-as 65002", "the one neighbour on a link"],
    ["bgpd peer add 192.0.2.9 --group lab --set hold_timer=30 --set role=customer", "with a group and keys of its own"],
  ],
  async run(input, io) {
    const query = input.flag("replace") ? "?replace=true" : "";
    const call = { method: "POST", path: `/configured-peers${query}`, body: peerKeys(input) } as const;
    const peer = await callDaemon<ConfiguredPeerJson>(databasePath(input, io), call);
    return tell(peer, "was added", input, io);
  },
};

export const removePeerCommand: Command = {
  name: "remove",
  summary: "remove a peer that was added: its session ends, its routes go",
  arguments: [{ name: "<PEER>", doc: "its name; or its address, network or description, where no other has the same" }],
  options: databaseOptions,
  examples: [["bgpd peer remove 192.0.2.9", "take a peer out that peer add made"]],
  async run(input, io) {
    const call = { method: "DELETE", path: pathOf(input.words[0]!) } as const;
    return tell(await callDaemon<ConfiguredPeerJson>(databasePath(input, io), call), "was removed", input, io);
  },
};

export const listPeersCommand: Command = {
  name: "list",
  summary: "peers and networks that are configured, by the file or by command",
  options: databaseOptions,
  examples: [["bgpd peer list", "which peers there are, and who made them"]],
  async run(input, io) {
    const peers = await configuredPeers(input, io);
    if (input.flag("json")) printJsonList(peers.map((peer) => JSON.stringify(peer)), io);
    else if (peers.length === 0) io.message("no peers are configured");
    else printTable(peers, io);
    return 0;
  },
};

export const peerConfigCommand: Command = {
  name: "config",
  summary: "print what was added of a peer, ready for the configuration file",
  arguments: [{ name: "[PEER]", doc: "its name, address, network or description; without it all that were added" }],
  options: databaseOptions,
  examples: [["bgpd peer config >> bgpd.toml", "make the file know what was added"]],
  async run(input, io) {
    const [wanted] = input.words;
    const peers = (await configuredPeers(input, io)).filter(({ toml, peer, remote_ip: remote, description }) =>
      wanted === undefined ? toml !== null : [peer, remote, description].includes(canonicalRemote(wanted) ?? wanted)
    );
    const added = peers.filter(({ toml }) => toml !== null);
    if (wanted !== undefined && peers.length === 0) throw new CommandError(`there is no peer ${wanted}`);
    if (wanted !== undefined && added.length === 0) {
      throw new CommandError(`${wanted} was not added by command: it stands in the configuration file`);
    }
    if (input.flag("json")) printJsonList(added.map((peer) => JSON.stringify(peer)), io);
    else io.write(added.map(({ toml }) => `[[peers]]\n${toml}`).join("\n"));
    return 0;
  },
};

const columns: readonly Column[] = [
  { title: "Peer" },
  { title: "AS" },
  { title: "Group" },
  { title: "Description" },
  { title: "From" },
  { title: "Note" },
];

function printTable(peers: readonly ConfiguredPeerJson[], io: Io): void {
  // Where names are addresses, once is enough.
  const named = peers.some(({ peer, remote_ip: remote }) => remote !== null && remote !== peer);
  const rows = peers.map(row).map((each, i) =>
    named ? { ...each, cells: each.cells.toSpliced(1, 0, peers[i]!.remote_ip ?? "") } : each
  );
  const titles = named ? columns.toSpliced(1, 0, { title: "Address" }) : columns;
  for (const line of tableLines(titles, rows, io.outputIsTerminal)) io.write(line + "\n");
}

function row(peer: ConfiguredPeerJson): { mark: string; cells: (string | Cell)[] } {
  const error: Cell = { text: peer.error ?? "", colour: "yellow" };
  return {
    mark: peer.error === null ? " " : "!",
    cells: [
      peer.peer,
      String(peer.peer_as ?? (peer.error === null ? "any" : "")),
      peer.group ?? "",
      peer.description ?? "",
      peer.source,
      error,
    ],
  };
}

async function configuredPeers(input: Input, io: Io): Promise<ConfiguredPeerJson[]> {
  return await callDaemon<ConfiguredPeerJson[]>(databasePath(input, io), { path: "/configured-peers" });
}

function tell(peer: ConfiguredPeerJson, what: string, input: Input, io: Io): number {
  io.write(input.flag("json") ? JSON.stringify(peer, undefined, 2) + "\n" : `${peer.peer} ${what}\n`);
  return 0;
}

/** The keys of `[[peers]]` that the command line names. */
function peerKeys(input: Input): Record<string, unknown> {
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
  // "1.10" is an AS number, too.
  if (asn !== undefined) keys["remote_as"] = /^\d{1,10}$/.test(asn) ? Number(asn) : asn;
  const groups = input.list("group");
  if (groups.length > 0) keys["group"] = groups.length === 1 ? groups[0] : groups;
  for (const setting of input.list("set")) {
    const [, key, text] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/s.exec(setting) ?? [];
    if (key === undefined || text === undefined) {
      throw new UsageError(`--set takes KEY=VALUE, as hold_timer=30, not "${setting}"`);
    }
    if (key in keys) throw new UsageError(`${key} is given twice`);
    keys[key] = parseTomlValue(text) ?? text;
  }
  return keys;
}
