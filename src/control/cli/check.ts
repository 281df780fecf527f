/** `bgpd check CONFIG`: is it right, and if not, what all is wrong. */

import { formatConfigError, keyReference, parseConfig } from "../../config/mod.ts";
import { type Command, CommandError, type Io, UsageError } from "./command.ts";
import { readTextFile } from "./files.ts";
import { paint, tableLines } from "./table.ts";
import { plural } from "./text.ts";

export const checkCommand: Command = {
  name: "check",
  summary: "validate a configuration; print every error with its line",
  arguments: [{ name: "[CONFIG]", doc: "configuration file, TOML" }],
  options: [
    { flags: "--keys", doc: "print every key there is, its type, default and meaning" },
    { flags: "--json", doc: "print JSON" },
  ],
  examples: [
    ["bgpd check bgpd.toml", "validate; exit code 1 where it has mistakes"],
    ["bgpd check --keys", "all keys of the configuration with their defaults"],
  ],
  run(input, io) {
    const path = input.words[0];
    if (input.flag("keys")) return printKeys(input.flag("json"), io);
    if (path === undefined) throw new UsageError("check needs a configuration file");
    const text = readTextFile(path);
    const result = parseConfig(text);
    if (input.flag("json")) {
      const errors = result.kind === "errors" ? result.errors : [];
      io.write(JSON.stringify({ file: path, ok: errors.length === 0, errors }, undefined, 2) + "\n");
      return errors.length === 0 ? 0 : 1;
    }
    if (result.kind === "config") {
      io.write(`config ok: ${plural(result.config.peers.length, "peer")}\n`);
      return 0;
    }
    for (const error of result.errors) io.message(formatConfigError(error, path, text));
    throw new CommandError(`${path} has ${plural(result.errors.length, "error")}`);
  },
};

function printKeys(asJson: boolean, io: Io): number {
  const keys = keyReference();
  if (asJson) {
    io.write(JSON.stringify(keys, undefined, 2) + "\n");
    return 0;
  }
  for (const section of new Set(keys.map((key) => key.section))) {
    io.write(paint(section, "bold", io.outputIsTerminal) + "\n");
    const rows = keys.filter((key) => key.section === section)
      .map((key) => ({ cells: [[key.key, ...key.aliases].join(", "), key.type, key.default, key.doc] }));
    const columns = ["Key", "Type", "Default", "Meaning"].map((title) => ({ title }));
    for (const line of tableLines(columns, rows, io.outputIsTerminal)) io.write(line + "\n");
    io.write("\n");
  }
  io.write("[[groups]] has every key of [[peers]] but remote_ip.\n");
  io.write("[[static_routes]] has every key of [[peers.static_routes]].\n");
  return 0;
}
