/** `bgpd convert …`: a configuration of another daemon as one of bgpd. */

import { basename } from "../../../transport/mod.ts";
import type { Conversion } from "../../convert/mod.ts";
import { type Command, CommandError, type Input, type Io } from "../command.ts";
import { readTextFile } from "../files.ts";
import { plural } from "../text/units.ts";
import { readIncluded } from "./included_files.ts";
import { writeSecrets } from "./secret_files.ts";

const options = [
  {
    flags: "--secrets DIR",
    doc: "write the TCP-MD5 keys to files in this folder, which only you may read (default: say which files to write)",
  },
];

/** Where the output looks for TCP-MD5 keys without `--secrets`. */
const defaultFolder = "secrets";

const birdCommand: Command = {
  name: "bird",
  summary: "translate a configuration of BIRD 2",
  arguments: [{ name: "<FILE>", doc: "bird.conf, or - for standard input; files that it includes are read, too" }],
  options,
  examples: [
    [
      "bgpd convert bird /etc/bird/bird.conf > bgpd.toml",
      "translate peers, groups, policies and routes; name what is left out",
    ],
    ["bgpd convert bird bird.conf --secrets keys > bgpd.toml", "also write the TCP-MD5 keys to files in keys/"],
  ],
  async run(input, io) {
    const { convertBird } = await import("../../convert/mod.ts");
    const file = await sourceOf(input, io);
    return finish(convertBird(file, { readIncluded, secretsFolder: folderOf(input) }), input, io);
  },
};

const frrCommand: Command = {
  name: "frr",
  summary: "translate a configuration of FRR",
  arguments: [{ name: "<FILE>", doc: "frr.conf or bgpd.conf, or - for standard input (show running-config)" }],
  options,
  examples: [
    [
      "bgpd convert frr /etc/frr/frr.conf > bgpd.toml",
      "translate peers, groups, policies and routes; name what is left out",
    ],
    ["vtysh -c 'show running-config' | bgpd convert frr - > bgpd.toml", "translate what FRR runs with at this moment"],
  ],
  async run(input, io) {
    const { convertFrr } = await import("../../convert/mod.ts");
    const file = await sourceOf(input, io);
    return finish(convertFrr(file, { secretsFolder: folderOf(input) }), input, io);
  },
};

const exabgpCommand: Command = {
  name: "exabgp",
  summary: "translate a configuration of ExaBGP",
  arguments: [{ name: "<FILE>", doc: "the configuration, or - for standard input" }],
  options,
  examples: [
    [
      "bgpd convert exabgp conf.ini > bgpd.toml",
      "translate peers, routes and flows, and name the command that runs each process",
    ],
  ],
  async run(input, io) {
    const { convertExabgp } = await import("../../convert/mod.ts");
    const file = await sourceOf(input, io);
    return finish(convertExabgp(file, { secretsFolder: folderOf(input) }), input, io);
  },
};

export const convertCommand: Command = {
  name: "convert",
  summary: "translate a configuration of BIRD, FRR or ExaBGP, and name what has no translation",
  commands: [birdCommand, frrCommand, exabgpCommand],
  examples: [
    ["bgpd convert bird bird.conf > bgpd.toml", "translate a file; exit code 1 if something was left out"],
    ["bgpd check bgpd.toml", "check the result"],
  ],
};

async function sourceOf(input: Input, io: Io): Promise<{ name: string; text: string }> {
  const path = input.required(0);
  if (path !== "-") return { name: path, text: readTextFile(path) };
  const lines = await Array.fromAsync(io.lines());
  return { name: "standard input", text: lines.join("\n") + "\n" };
}

function folderOf(input: Input): string {
  return (input.text("secrets") ?? defaultFolder).replace(/(?<=.)\/+$/, "");
}

/** Writes the configuration, then says what it lacks. */
function finish({ text, leftOut, secrets }: Conversion, input: Input, io: Io): number {
  const folder = folderOf(input);
  const areWritten = input.text("secrets") !== undefined;
  if (areWritten) writeSecrets(folder, secrets);
  io.write(text);
  for (const line of leftOut) io.message(`left out: ${line}`);
  for (const { fileName, owner } of secrets) {
    if (areWritten) io.message(`wrote the TCP-MD5 key of ${owner} to ${folder}/${fileName}`);
    else {io.message(
        `to do: write the TCP-MD5 key of ${owner} to ${folder}/${fileName} (or convert with --secrets ${folder})`,
      );}
  }
  if (leftOut.length === 0) return areWritten || secrets.length === 0 ? 0 : 1;
  const what = basename(input.required(0)) === "-" ? "the input" : input.required(0);
  throw new CommandError(`${plural(leftOut.length, "part")} of ${what} left out: each is a comment in the output, too`);
}
