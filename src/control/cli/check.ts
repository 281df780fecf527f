/** `bgpd check CONFIG`: is it right, and if not, what all is wrong. */

import { formatConfigError, type KeyDoc, keyReference, parseConfig } from "../../config/mod.ts";
import { type Command, CommandError, type Io, UsageError } from "./command.ts";
import { readTextFile } from "./files.ts";
import { paint } from "./table.ts";
import { plural, wrap } from "./text.ts";

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
  // Beside the keys, where there is room; else beneath them.
  const longest = Math.max(...keys.map((key) => namesOf(key).length));
  const indent = Math.min(longest + 3, Math.floor(io.columns / 3));
  for (const section of new Set(keys.map((key) => key.section))) {
    io.write(paint(section, "bold", io.outputIsTerminal) + "\n");
    for (const key of keys.filter((each) => each.section === section)) {
      const value = key.default === "required" ? "required" : `default ${key.default}`;
      const text = [...wrap(`${key.type}; ${value}`, io.columns - indent), ...wrap(key.doc, io.columns - indent)];
      const names = ` ${namesOf(key)}`;
      if (names.length >= indent) io.write(names + "\n");
      else text[0] = names.padEnd(indent) + text[0];
      io.write(text.map((line, i) => i === 0 && names.length < indent ? line : " ".repeat(indent) + line).join("\n"));
      io.write("\n");
    }
    io.write("\n");
  }
  const negation = "Each key of match may have not_ in front, and then means the opposite.";
  io.write(wrap(negation, io.columns).join("\n") + "\n");
  io.write(wrap("[[groups]] has every key of [[peers]] but remote_ip.", io.columns).join("\n") + "\n");
  io.write(wrap("[[static_routes]] has every key of [[peers.static_routes]].", io.columns).join("\n") + "\n");
  return 0;
}

function namesOf(key: KeyDoc): string {
  return [key.key, ...key.aliases].join(", ");
}
