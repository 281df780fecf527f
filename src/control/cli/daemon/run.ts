/** `bgpd run CONFIG`, or `bgpd CONFIG` for short. */

import { canonicalZonedAddress } from "../../../types/mod.ts";
import { type Command, CommandError, type Input, type Io, UsageError } from "../command.ts";
import { configDefault, configPath, exists } from "../database_file.ts";
import type { WebOptions } from "../web/web.ts";

export interface RunOptions {
  readonly configPath: string;
  /** `-a`: overrides the addresses of `bgp_socket`. */
  readonly address?: string;
  /** `-p`: overrides the ports of `bgp_socket`; also the port to dial for a peer without `port`. */
  readonly port?: number;
  /** What the log contains. 0: what an operator needs; 1: also sessions and messages; 2: everything. */
  readonly verbosity: 0 | 1 | 2;
  /** `--web`: the web page, in a thread of the router. */
  readonly web?: WebOptions;
}

/** Runs until a signal stops it; resolves to the exit code. */
export type RunDaemon = (options: RunOptions) => Promise<number>;

export function runCommand(runDaemon: RunDaemon): Command {
  return {
    name: "run",
    summary: "run bgpd in the foreground; bgpd CONFIG does the same",
    isDefault: true,
    arguments: [{ name: "[CONFIG]", doc: `configuration file (TOML; default: ${configDefault})` }],
    options: [
      { flags: "-c, --config FILE", doc: "the same as CONFIG" },
      {
        flags: "-a, --address ADDR",
        doc: "listen on this IPv4 or IPv6 address instead of bgp_socket (default 127.0.0.1)",
      },
      {
        flags: "-p, --port PORT",
        doc: "listen on this port, and connect to this port of peers without dest_port (default 179)",
      },
      { flags: "--web ADDRESS", doc: "serve the web page at this address and port, too; for labs: see bgpd web" },
      { flags: "-v, --verbose", doc: "log more; -vv logs everything", isCount: true },
    ],
    examples: [
      ["bgpd bgpd.toml", "run with this configuration until Ctrl-C"],
      ["bgpd -a ::1 -p 1179 bgpd.toml -vv", "listen on [::1]:1179 and log everything"],
    ],
    async run(input, io) {
      await refuseOtherCommand(input);
      const address = input.text("address");
      const canonical = address === undefined ? undefined : canonicalZonedAddress(address.replace(/^\[(.*)\]$/, "$1"));
      if (address !== undefined && canonical === undefined) {
        throw new UsageError(`--address takes an IPv4 or IPv6 address, not "${address}"`);
      }
      const port = input.number("port", 1, 65535);
      const verbose = input.count("verbose");
      const path = configPath(input.words[0] ?? input.text("config"), io);
      const verbosity = verbose === 0 || verbose === 1 ? verbose : 2;
      const webAddress = input.text("web");
      const web = webAddress === undefined ? undefined : await webOptions(webAddress, path, verbosity, io);
      return runDaemon({
        configPath: path,
        verbosity,
        ...(web === undefined ? {} : { web }),
        ...(canonical === undefined ? {} : { address: canonical }),
        ...(port === undefined ? {} : { port }),
      });
    },
  };
}

async function webOptions(
  address: string,
  path: string,
  verbosity: 0 | 1 | 2,
  io: Io,
): Promise<WebOptions | undefined> {
  const { listenOf, webOf } = await import("../web/web.ts");
  const listen = listenOf("web", address);
  try {
    // The daemon reads the same configuration, and says what is wrong with it.
    return { ...await webOf(path, { ...io, message() {} }, listen), verbosity };
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** A word that is no file may be a command of another program; `vtysh -c "show bgp"` names a configuration, too. */
async function refuseOtherCommand(input: Input): Promise<void> {
  const [word] = input.words;
  if (word === undefined || !/^[a-z-]+$/.test(word) || exists(word)) return;
  const { otherCommand } = await import("../other_commands.ts");
  const other = otherCommand([word, input.text("config") ?? ""].filter((each) => each !== ""));
  if (other !== undefined) throw new UsageError(other);
}
