/** Turns command values into a command line. The only file that imports commander. */

import { Command as Program, CommanderError, Option as ProgramOption } from "commander";
import { nearest } from "../../config/toml/errors.ts";
import { type Command, Input, type Io } from "./command.ts";
import { examplesText, helpWidth, overview } from "./help_text.ts";
import { exitCode, reported } from "./outcome.ts";

export interface ProgramInfo {
  readonly name: string;
  readonly summary: string;
  readonly version: string;
  readonly commands: readonly Command[];
}

/** Parses the arguments, runs one command and returns its exit code. Throws only for a bug in bgpd. */
export async function runProgram(info: ProgramInfo, args: readonly string[], io: Io): Promise<number> {
  let code: number = exitCode.done;
  const program = new Program(info.name);
  program
    .description(info.summary)
    .version(info.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help; also after a command")
    .helpCommand("help [COMMAND]", "print help for a command, such as help show routes");
  for (const command of info.commands) add(program, command, io, (result) => code = result);
  program.addHelpText("after", overview(info.commands, helpWidth(io)));
  prepare(program, io);
  try {
    if (args.length === 0) {
      io.message(program.helpInformation().trimEnd() + "\n" + overview(info.commands, helpWidth(io)));
      return exitCode.wrongUsage;
    }
    await program.parseAsync(withoutHelpWord(args), { from: "user" });
    return code;
  } catch (error) {
    return await failure(error, info, args, io);
  }
}

/** `help show routes` as `show routes --help`: the command help of commander knows one word. */
function withoutHelpWord(args: readonly string[]): string[] {
  return args[0] === "help" && args.length > 2 ? [...args.slice(1), "--help"] : [...args];
}

function add(parent: Program, command: Command, io: Io, done: (code: number) => void): void {
  const program = parent.command(command.name, command.isDefault === true ? { isDefault: true } : {});
  program.description(command.summary).helpOption("-h, --help", "print this help");
  if (command.commands !== undefined) program.helpCommand(false);
  for (const alias of command.aliases ?? []) program.alias(alias);
  for (const argument of command.arguments ?? []) program.argument(argument.name, argument.doc);
  for (const { flags, doc, isCount, isList } of command.options ?? []) {
    // Our `PORT` is commander's `<PORT>`.
    const option = new ProgramOption(flags.replace(/ ([A-Z][A-Z=-]*)$/, " <$1>"), doc);
    if (isCount === true) option.default(0).argParser((_: unknown, before: number) => before + 1);
    if (isList === true) option.argParser((value: string, before: string[] = []) => [...before, value]);
    program.addOption(option);
  }
  for (const child of command.commands ?? []) add(program, child, io, done);
  if (command.examples !== undefined) program.addHelpText("after", examplesText(command.examples, helpWidth(io)));
  const run = command.run?.bind(command);
  if (run !== undefined) {
    program.action(async () => {
      done(await run(new Input(program.args, optionEntries(program)), io));
    });
  }
}

function optionEntries(program: Program): [string, unknown][] {
  const values = program.opts();
  return program.options.map((option) => [option.name(), values[option.attributeName()]]);
}

function prepare(program: Program, io: Io): void {
  program.exitOverride().configureOutput({
    writeOut: (text) => io.write(text),
    writeErr: () => {}, // failure() reports the error
  }).showSuggestionAfterError();
  program.configureHelp({
    helpWidth: helpWidth(io),
    // commander's `<PORT>` is our `PORT`.
    optionTerm: ({ flags }) => flags.replace(/ <(.*)>$/, " $1"),
    // Its words and options stand in the help of the command.
    subcommandTerm: (command) => command.name(),
  });
  for (const child of program.commands) prepare(child, io);
}

async function failure(error: unknown, info: ProgramInfo, args: readonly string[], io: Io): Promise<number> {
  const code = await reported(error, info.name, args, io);
  if (code !== undefined) return code;
  if (!(error instanceof CommanderError)) throw error;
  const sentence = await otherWords(error, info, args) ?? usageProblem(error, info, args);
  if (sentence === "") return exitCode.done;
  io.message(`${info.name}: ${sentence}`);
  return exitCode.wrongUsage;
}

/** The answer to a command of another program; a mistake in an option of our own command is none. */
async function otherWords(
  error: CommanderError,
  info: ProgramInfo,
  args: readonly string[],
): Promise<string | undefined> {
  const isOurs = info.commands.some((command) => names(command).includes(args[0] ?? ""));
  if (error.exitCode === 0 || isOurs && !isUnknownWord(error)) return undefined;
  const { otherCommand } = await import("./other_commands.ts");
  return otherCommand(args);
}

function isUnknownWord({ code }: CommanderError): boolean {
  return code === "commander.excessArguments" || code === "commander.unknownCommand";
}

/** The usage error in one line; empty after `--help` and `--version`, which commander reports as errors, too. */
function usageProblem(error: CommanderError, info: ProgramInfo, args: readonly string[]): string {
  if (error.exitCode === 0) return "";
  if (args[0] === "help") return unknownCommand(args[1] ?? "", info.commands, `${info.name} --help`);
  const parent = info.commands.find((command) => names(command).includes(args[0] ?? ""));
  const known = parent === undefined ? info.commands : parent.commands;
  const word = parent === undefined ? args[0] : args[1];
  const child = known?.find((command) => names(command).includes(word ?? ""));
  if (isUnknownWord(error) && known !== undefined && child === undefined && isCommandWord(word)) {
    return unknownCommand(word, known, `${info.name} ${parent === undefined ? "" : `${parent.name} `}--help`);
  }
  if (error.code === "commander.help") {
    const children = parent?.commands?.map(({ name }) => name).join(", ");
    return `${parent?.name ?? ""} needs a command: ${children}; see ${info.name} ${parent?.name ?? ""} --help`;
  }
  if (parent === undefined && error.code === "commander.unknownOption" && isCommandWord(word)) {
    return unknownCommand(word, known ?? [], `${info.name} --help`);
  }
  const isExcess = error.code === "commander.excessArguments";
  // Where no command is named, the words are those of run.
  const path = [
    parent?.name ?? (isExcess ? "run" : undefined),
    parent?.commands === undefined ? undefined : child?.name,
  ]
    .filter((name) => name !== undefined);
  const help = `see ${[info.name, ...path].join(" ")} --help`;
  if (isExcess) return `too many words for ${path.join(" ")}; ${help}`;
  const text = error.message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ").trim();
  if (error.code !== "commander.missingArgument" && error.code !== "commander.unknownOption") return text;
  return text.includes("Did you mean") ? text : `${text}; ${help}`;
}

/** A configuration has a dot or a slash in its name. */
function isCommandWord(word: string | undefined): word is string {
  return /^[a-z][a-z-]*$/.test(word ?? "");
}

function unknownCommand(word: string, known: readonly Command[], help: string): string {
  // Everything is near to an alias of one letter.
  const near = nearest(word, known.flatMap(names).filter((name) => name.length > 1));
  return `unknown command "${word}"; ${near === undefined ? `see ${help}` : `did you mean ${near}?`}`;
}

function names(command: Command): string[] {
  return [command.name, ...command.aliases ?? []];
}
