/** `bgpd web`: the looking glass, a process of its own beside the router. */

import { canonicalZonedAddress } from "../../../types/mod.ts";
import type { SocketAddress, WebSettings } from "../../../config/mod.ts";
import { type Command, type Input, type Io, UsageError } from "../command.ts";
import { configDefault, configPath } from "../database_file.ts";

export interface WebOptions {
  /** Path of the router's database. */
  readonly database: string;
  readonly settings: WebSettings;
  readonly verbosity: 0 | 1 | 2;
}

/** Runs until a signal stops it; resolves to the exit code. */
export type RunWeb = (options: WebOptions) => Promise<number>;

export function webCommand(runWeb: RunWeb): Command {
  return {
    name: "web",
    summary: "serve the web page and its APIs, in a process beside the router",
    options: [
      { flags: "-c, --config FILE", doc: `configuration file (default: ${configDefault})` },
      { flags: "-d, --database FILE", doc: "another database, for example a copy on another machine" },
      { flags: "-l, --listen ADDRESS", doc: "address and port instead of listen in [web] (default 127.0.0.1:8080)" },
      { flags: "-v, --verbose", doc: "log more; -vv logs everything", isCount: true },
    ],
    examples: [
      ["bgpd web -c bgpd.toml", "serve the page at http://127.0.0.1:8080/"],
      ["bgpd web -c bgpd.toml --listen [::]:8080", "serve it to everyone"],
    ],
    async run(input, io) {
      const verbose = input.count("verbose");
      const { database, settings } = await placeOf(input, io);
      const listen = listenOf(input.text("listen"));
      return await runWeb({
        database,
        settings: listen === undefined ? settings : { ...settings, listen },
        verbosity: verbose === 0 || verbose === 1 ? verbose : 2,
      });
    },
  };
}

/** A database without a configuration has the defaults. */
async function placeOf(input: Input, io: Io): Promise<Pick<WebOptions, "database" | "settings">> {
  const { resolve } = await import("../../../transport/path.ts");
  const { defaultWeb } = await import("../../../config/mod.ts");
  const named = input.text("database"), config = input.text("config");
  const path = named === undefined ? undefined : resolve(io.places.folder, named);
  if (path !== undefined && config === undefined) return { database: path, settings: defaultWeb };
  const { readConfig } = await import("../config_file.ts");
  const read = readConfig(configPath(config, io), io).config;
  return { database: path ?? resolve(io.places.folder, read.database), settings: read.web };
}

function listenOf(text: string | undefined): SocketAddress | undefined {
  if (text === undefined) return undefined;
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const address = canonicalZonedAddress(bracketed ?? plain ?? "");
  if (address === undefined || Number(port) > 65_535) {
    throw new UsageError(`--listen takes an address and a port, such as 127.0.0.1:8080, not "${text}"`);
  }
  return { address, port: Number(port) };
}
