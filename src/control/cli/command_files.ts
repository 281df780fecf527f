/**
 * Which file has which command. A command line loads the file of its command only; help, and a line with a mistake,
 * load all (`command_line.ts`).
 */

import type { Command } from "./command.ts";
import type { CommandLineOptions } from "./command_line.ts";

interface CommandFile {
  /** Each word of the command, with its aliases. */
  readonly words: readonly (readonly string[])[];
  load(options: CommandLineOptions): Promise<Command>;
}

const show = ["show", "s"];

/** The commands of `peer` stand together. */
const peerFiles = ["add", "remove", "list", "config", "enable", "disable", "reset", "refresh"].map((
  word,
): CommandFile => ({
  words: [["peer"], [word]],
  load: async () => (await import("./peer/peer.ts")).peerCommand.commands!.find(({ name }) => name === word)!,
}));

/** A word with a dot or a slash is the configuration of `run`. */
const run: CommandFile = {
  words: [["run"]],
  load: async ({ runDaemon }) => (await import("./daemon/run.ts")).runCommand(runDaemon),
};

export const commandFiles: readonly CommandFile[] = [
  run,
  { words: [["web"]], load: async ({ runWeb }) => (await import("./web/web.ts")).webCommand(runWeb) },
  { words: [["mcp"]], load: async ({ version }) => (await import("./mcp/mcp.ts")).mcpCommand(version) },
  { words: [["reload"]], load: async () => (await import("./daemon/reload.ts")).reloadCommand },
  { words: [["restart"]], load: async () => (await import("./daemon/restart.ts")).restartCommand },
  { words: [show, ["summary", "sum"]], load: async () => (await import("./show/summary.ts")).showSummaryCommand },
  {
    words: [show, ["peers", "neighbors", "neighbours", "n"]],
    load: async () => (await import("./show/peers.ts")).showPeersCommand,
  },
  {
    words: [show, ["peer", "neighbor", "neighbour"]],
    load: async () => (await import("./show/peers.ts")).showPeerCommand,
  },
  { words: [show, ["routes", "route", "r"]], load: async () => (await import("./show/routes.ts")).showRoutesCommand },
  { words: [show, ["history"]], load: async () => (await import("./show/history.ts")).showHistoryCommand },
  {
    words: [show, ["advertised", "adj-rib-out"]],
    load: async () => (await import("./show/advertised.ts")).showAdvertisedCommand,
  },
  {
    words: [show, ["announcements", "announcement", "originated"]],
    load: async () => (await import("./show/announcements.ts")).showAnnouncementsCommand,
  },
  {
    words: [["announce", "advertise"]],
    load: async () => (await import("./announce/announce.ts")).announceCommand,
  },
  { words: [["withdraw"]], load: async () => (await import("./announce/announce.ts")).withdrawCommand },
  { words: [["exabgp"]], load: async () => (await import("./exabgp/exabgp.ts")).exabgpCommand },
  ...peerFiles,
  { words: [["top"]], load: async () => (await import("./live/top.ts")).topCommand },
  { words: [["watch"]], load: async () => (await import("./live/watch.ts")).watchCommand },
  { words: [["diff"]], load: async () => (await import("./live/diff.ts")).diffCommand },
  { words: [["sql"]], load: async () => (await import("./database/sql.ts")).sqlCommand },
  { words: [["backup"]], load: async () => (await import("./database/backup.ts")).backupCommand },
];

/** The file of a command line, and how many words name the command; `undefined`: none of these. */
export function commandFile(
  args: readonly string[],
): { readonly file: CommandFile; readonly length: number } | undefined {
  const [first] = args;
  if (first !== undefined && /^[^-].*[./]/.test(first)) return { file: run, length: 0 };
  const file = commandFiles.find(({ words }) => words.every((names, index) => names.includes(args[index] ?? "")));
  return file && { file, length: file.words.length };
}
