/** `bgpd check CONFIG`: whether bgpd would start with a configuration, and every error of it. */

import {
  type Config,
  type ConfigError,
  type KeyDoc,
  keyReference,
  reloadTexts,
  type SocketAddress,
} from "../../../config/mod.ts";
import { type Command, CommandError, type Io } from "../command.ts";
import { configDefault, configPath } from "../database_file.ts";
import { paint } from "../text/table.ts";
import { plural, wrap } from "../text/units.ts";

interface Checked {
  /** The paths of all files that were read. */
  readonly files: readonly string[];
  /** The configuration, and where bgpd would listen; `undefined`: the files have errors. */
  readonly start: { readonly config: Config; readonly sockets: readonly SocketAddress[] } | undefined;
}

/** The result of a check: the warnings, or the errors that prevent a start. */
export type CheckReport =
  | Checked & {
    readonly kind: "ok";
    readonly peers: number;
    readonly warnings: readonly string[];
  }
  /** `texts`: the errors for a terminal, with the line of the file. */
  | Checked & {
    readonly kind: "refused";
    readonly texts: readonly string[];
    readonly errors: readonly (ConfigError | { readonly message: string })[];
  };

/** The daemon's own check of a configuration file. */
export type CheckStart = (configPath: string) => Promise<CheckReport>;

export function checkCommand(check: CheckStart): Command {
  return {
    name: "check",
    summary: "check whether bgpd would start with a configuration; print every error with its line",
    arguments: [{ name: "[CONFIG]", doc: `configuration file (TOML; default: ${configDefault})` }],
    options: [
      { flags: "-c, --config FILE", doc: "the same as CONFIG" },
      { flags: "--keys", doc: "print every key of the configuration with its type, default and meaning" },
      { flags: "--json", doc: "print JSON" },
    ],
    examples: [
      [
        "bgpd check bgpd.toml",
        "check a file, and the files that it names; exit code 1 if bgpd would not start",
      ],
      ["bgpd check --keys", "list all keys with their defaults"],
    ],
    async run(input, io) {
      if (input.flag("keys")) return printKeys(input.flag("json"), io);
      const path = configPath(input.words[0] ?? input.text("config"), io);
      const report = await check(path);
      const isOk = report.kind === "ok";
      if (input.flag("json")) {
        const [errors, warnings] = isOk ? [[], report.warnings] : [report.errors, []];
        io.write(JSON.stringify({ file: path, ok: isOk, files: report.files, errors, warnings }, undefined, 2) + "\n");
        return isOk ? 0 : 1;
      }
      if (isOk) {
        for (const warning of report.warnings) io.message(`warning: ${warning}`);
        const files = report.files.length;
        io.write(`config ok: ${plural(report.peers, "peer")}${files > 1 ? ` in ${files} files` : ""}\n`);
        return 0;
      }
      const [first, second] = report.errors;
      if (first !== undefined && second === undefined && !("line" in first)) throw new CommandError(first.message);
      for (const text of report.texts) io.message(text.replace(/^bgpd: /, ""));
      throw new CommandError(errorCount(path, report.errors));
    },
  };
}

/** `"bgpd.toml has 2 errors"`; where there are several files, how many errors each has. */
function errorCount(path: string, errors: readonly (ConfigError | { readonly message: string })[]): string {
  const counts = new Map<string, number>();
  for (const error of errors) {
    const file = "file" in error && error.file !== undefined ? error.file : path;
    counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  const parts = [...counts].map(([file, count]) => `${file} has ${plural(count, "error")}`);
  return parts.length === 1 ? parts.join("") : `${plural(errors.length, "error")} in all: ${parts.join(", ")}`;
}

function printKeys(asJson: boolean, io: Io): number {
  const keys = keyReference();
  if (asJson) {
    io.write(JSON.stringify(keys, undefined, 2) + "\n");
    return 0;
  }
  // The text is to the right of the keys if the terminal is wide enough, and below them if not.
  const longest = Math.max(...keys.map((key) => namesOf(key).length));
  const indent = Math.min(longest + 3, Math.floor(io.columns / 3));
  for (const section of new Set(keys.map((key) => key.section))) {
    io.write(paint(section, "bold", io.useColour) + "\n");
    for (const key of keys.filter((each) => each.section === section)) {
      const value = key.default === "required" ? "required" : `default ${key.default}`;
      const cost = key.reload === null ? "" : `; a change ${reloadTexts[key.reload]}`;
      const facts = `${key.type}; ${value}${cost}`;
      const text = [...wrap(key.doc, io.columns - indent), ...wrap(facts, io.columns - indent)];
      const names = ` ${namesOf(key)}`;
      if (names.length >= indent) io.write(names + "\n");
      else text[0] = names.padEnd(indent) + text[0];
      io.write(text.map((line, i) => i === 0 && names.length < indent ? line : " ".repeat(indent) + line).join("\n"));
      io.write("\n");
    }
    io.write("\n");
  }
  const negation = "not_ in front of a key of match negates the key.";
  io.write(wrap(negation, io.columns).join("\n") + "\n");
  io.write(wrap("[[groups]] has the keys of [[peers]], except remote_ip and interface.", io.columns).join("\n") + "\n");
  const same =
    "[[static_routes]] and [[static_flows]] have the keys of [[peers.static_routes]] and [[peers.static_flows]].";
  io.write(wrap(same, io.columns).join("\n") + "\n");
  return 0;
}

function namesOf(key: KeyDoc): string {
  return [key.key, ...key.aliases].join(", ");
}
