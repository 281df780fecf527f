/** `bgpd web`: the looking glass, a process of its own beside the router. */

import { canonicalZonedAddress } from "../../../types/mod.ts";
import type { AlertSettings, Config, SocketAddress, WebSettings } from "../../../config/mod.ts";
import { type Command, type Input, type Io, UsageError } from "../command.ts";
import { configDefault, configPath } from "../database_file.ts";
import { resolve } from "../../../transport/path.ts";

export interface WebOptions {
  /** Absolute path of the router's database. */
  readonly database: string;
  readonly settings: WebSettings;
  readonly alerts: readonly AlertSettings[];
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
      const verbosity = verbose === 0 || verbose === 1 ? verbose : 2;
      const address = input.text("listen");
      const listen = address === undefined ? undefined : listenOf("listen", address);
      return await runWeb({ ...await placeOf(input, io, listen), verbosity });
    },
  };
}

type Place = Pick<WebOptions, "database" | "settings" | "alerts">;

/** A database without a configuration has the defaults. */
async function placeOf(input: Input, io: Io, listen: SocketAddress | undefined): Promise<Place> {
  const named = input.text("database"), config = input.text("config");
  const database = named === undefined ? {} : { database: resolve(io.places.folder, named) };
  if (database.database !== undefined && config === undefined) {
    const { defaultWeb } = await import("../../../config/mod.ts");
    return { ...database, settings: { ...defaultWeb, ...listen !== undefined && { listen } }, alerts: [] };
  }
  return { ...await webOf(configPath(config, io), io, listen), ...database };
}

/** What a configuration says. Throws `CommandError` where it has errors, which are printed before. */
export async function webOf(path: string, io: Io, listen?: SocketAddress): Promise<Place> {
  const { readConfig } = await import("../config_file.ts");
  return placeOfConfig(readConfig(path, io).config, io, listen);
}

function placeOfConfig({ database, web, alerts }: Config, io: Io, listen: SocketAddress | undefined): Place {
  const own = web.database === undefined ? undefined : resolve(io.places.folder, web.database);
  return {
    database: resolve(io.places.folder, database),
    settings: { ...web, ...own !== undefined && { database: own }, ...listen !== undefined && { listen } },
    alerts,
  };
}

/** The address and port of an option. Throws {@link UsageError} for any other text. */
export function listenOf(option: string, text: string): SocketAddress {
  const [, bracketed, plain, port = ""] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const address = canonicalZonedAddress(bracketed ?? plain ?? "");
  if (address === undefined || Number(port) > 65_535) {
    throw new UsageError(`--${option} takes an address and a port, such as 127.0.0.1:8080, not "${text}"`);
  }
  return { address, port: Number(port) };
}
