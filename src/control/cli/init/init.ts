/** `bgpd init`: writes a first configuration, from options or from answers on a terminal. */

import { resolve } from "../../../transport/mod.ts";
import { type Command, CommandError, type Input, type Io, UsageError } from "../command.ts";
import { fileProblem, requireFolder } from "../files.ts";
import { plural } from "../text/units.ts";
import { keyProblem, peersOf, problemOf, wrongPeer } from "./checks.ts";
import { type Choices, defaultDatabase, defaultListen, isRole, type Role, roles } from "./choices.ts";
import { askFor, type Given } from "./questions.ts";
import { configurationText } from "./template.ts";

const defaultFile = "bgpd.toml";

export const initCommand: Command = {
  name: "init",
  summary: "write a first configuration, with comments; asks on a terminal for what no option says",
  arguments: [{ name: "[FILE]", doc: `file to write, - for standard output (default ${defaultFile})` }],
  options: [
    { flags: "--role ROLE", doc: `what bgpd will be: ${roles.join(", ")} (default collector)`, completes: roles },
    { flags: "--as ASN", doc: "our AS" },
    { flags: "--router-id ADDRESS", doc: "our BGP Identifier (default: the first IPv4 address of this machine)" },
    {
      flags: "--listen SOCKET",
      doc: "address and port for the connections of peers; may be repeated (default 0.0.0.0:179)",
      isList: true,
    },
    { flags: "--peer PEER", doc: 'a peer, as "ADDRESS AS DESCRIPTION"; may be repeated', isList: true },
    { flags: "--md5-file FILE", doc: "file with the TCP-MD5 key of the sessions" },
    { flags: "--database FILE", doc: "the database (default bgpd.db; if FILE is in /etc: /var/lib/bgpd/bgpd.db)" },
    { flags: "--force", doc: "overwrite FILE if it exists" },
  ],
  examples: [
    ["bgpd init", "ask for the most important values, and write bgpd.toml"],
    ['bgpd init --as 65000 --peer "192.0.2.1 65001 transit"', "write the configuration of a collector with one peer"],
    ["bgpd init --role reflector --as 65000 -", "print the configuration of a route reflector"],
  ],
  async run(input, io) {
    const file = input.words[0] ?? defaultFile;
    // Before the questions: nobody answers them for nothing.
    if (file !== "-") refuseExisting(file, input.flag("force"));
    const choices = await choose(input, io, file);
    const problem = wrongPeer(choices) ?? problemOf(choices);
    if (problem !== undefined) throw new UsageError(problem);
    const text = configurationText(choices);
    if (file === "-") io.write(text);
    else write(file, text, input.flag("force"));
    if (file !== "-") io.message(`wrote ${file}: ${choices.role}, ${plural(choices.peers.length, "peer")}`);
    io.message(`next: ${nextSteps(file, io)}`);
    return 0;
  },
};

function nextSteps(file: string, io: Io): string {
  // The package starts bgpd with this file, and commands find it by themselves.
  if (resolve(io.places.folder, file) === io.places.systemConfig) {
    return "bgpd check, then systemctl enable --now bgpd, then bgpd show peers";
  }
  const path = file === "-" ? "FILE" : file;
  return `bgpd check ${path}, then bgpd run ${path}, then bgpd show peers -c ${path}`;
}

function refuseExisting(file: string, force: boolean): void {
  requireFolder(file);
  if (force) return;
  try {
    Deno.lstatSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new CommandError(`cannot write ${file}: ${fileProblem(error)}`);
  }
  throw new CommandError(`${file} exists: name another file, or overwrite it with --force`);
}

/** `createNew`: a file that somebody else has written meanwhile stays. */
function write(file: string, text: string, force: boolean): void {
  try {
    Deno.writeTextFileSync(file, text, force ? {} : { createNew: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new CommandError(`${file} exists: name another file, or overwrite it with --force`);
    }
    throw new CommandError(`cannot write ${file}: ${fileProblem(error)}`);
  }
}

async function choose(input: Input, io: Io, file: string): Promise<Choices> {
  const routerId = input.text("router-id");
  const given: Given = {
    role: roleOf(input.text("role")),
    asn: input.asn("as")?.toString(),
    routerId,
    machineRouterId: routerId ?? machineAddress(),
    passwordFile: input.text("md5-file"),
    peers: input.list("peer"),
    listen: input.list("listen").flatMap((text) => text.split(/[\s,]+/)),
    database: input.text("database"),
  };
  const keyFailure = given.passwordFile === undefined ? undefined : keyProblem(given.passwordFile);
  if (keyFailure !== undefined) throw new CommandError(`--md5-file: ${keyFailure}`);
  const canAsk = io.inputIsTerminal && (io.outputIsTerminal || io.messagesAreTerminal);
  if (canAsk && (given.asn === undefined || given.machineRouterId === undefined)) return await askFor(io, file, given);
  return withoutQuestions(given, file);
}

function withoutQuestions({ asn, machineRouterId: routerId, ...given }: Given, file: string): Choices {
  if (asn === undefined || routerId === undefined) {
    const missing = asn === undefined ? "--as ASN" : "--router-id ADDRESS (this machine has no IPv4 address)";
    throw new UsageError(
      `init needs ${missing}, because standard input is no terminal to ask on; also --role, --listen, --peer, ` +
        "--md5-file, --database; see bgpd init --help",
    );
  }
  const role = given.role ?? "collector";
  const choices = {
    ...{ role, routerId, asn, passwordFile: given.passwordFile, peers: [] },
    ...{ listen: given.listen, database: given.database ?? defaultDatabase(file) },
  };
  const peers = peersOf(given.peers, choices);
  return { ...choices, peers, listen: given.listen.length > 0 ? given.listen : defaultListen(role, peers) };
}

function roleOf(text: string | undefined): Role | undefined {
  if (text === undefined || isRole(text)) return text;
  throw new UsageError(`--role takes one of ${roles.join(", ")}, not "${text}"`);
}

/** The first IPv4 address of this machine that others can reach; `undefined`: there is none, or Deno may not ask. */
function machineAddress(): string | undefined {
  try {
    const found = Deno.networkInterfaces().find(({ family, address }) =>
      family === "IPv4" && !address.startsWith("127.") && !address.startsWith("169.254.")
    );
    return found?.address;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}
