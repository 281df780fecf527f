/** What the three shells complete: each command with its subcommands, options and arguments. */

import type { Argument, Command, Completion, Option, ProgramInfo } from "../../../src/control/mod.ts";

export interface Node {
  /** `bgpd show routes`: the words from the root, without aliases. */
  readonly path: string;
  readonly children: readonly { readonly names: readonly string[]; readonly summary: string; readonly path: string }[];
  readonly options: readonly OptionNode[];
  readonly arguments: readonly ArgumentNode[];
}

export interface OptionNode {
  /** `["-c", "--config"]`. */
  readonly names: readonly string[];
  readonly doc: string;
  /** `undefined`: the option takes no value. */
  readonly value: Completion | undefined;
  readonly placeholder: string;
  /** The option may be given several times. */
  readonly repeats: boolean;
}

export interface ArgumentNode {
  readonly name: string;
  readonly doc: string;
  readonly value: Completion;
  /** The argument takes all further words. */
  readonly repeats: boolean;
}

const help: Option = { flags: "-h, --help", doc: "print help" };
const version: Option = { flags: "-V, --version", doc: "print the version" };

/** All nodes, the root first. The root has the options and arguments of the command that runs without its name. */
export function completionTree(program: ProgramInfo): Node[] {
  const main = program.commands.find(({ isDefault }) => isDefault === true);
  const helpCommand: Command = {
    name: "help",
    summary: "print help for a command",
    arguments: [{ name: "[COMMAND]", doc: "the command", completes: program.commands.map(({ name }) => name) }],
  };
  const root: Command = {
    name: program.name,
    summary: program.summary,
    options: [...main?.options ?? [], version],
    arguments: main?.arguments ?? [],
    commands: [...program.commands, helpCommand],
  };
  return nodes(root, root.name);
}

function nodes(command: Command, path: string): Node[] {
  const children = (command.commands ?? []).map((child) => ({ child, path: `${path} ${child.name}` }));
  const node: Node = {
    path,
    children: children.map(({ child, path }) => ({
      names: [child.name, ...child.aliases ?? []],
      summary: child.summary,
      path,
    })),
    options: [...command.options ?? [], help].map(optionNode),
    arguments: (command.arguments ?? []).map(argumentNode),
  };
  return [node, ...children.flatMap(({ child, path }) => nodes(child, path))];
}

function optionNode({ flags, doc, completes, isCount, isList }: Option): OptionNode {
  const [, names = flags, placeholder = ""] = /^(.*?)(?: ([A-Z][A-Z=-]*))?$/.exec(flags) ?? [];
  return {
    names: names.split(", "),
    doc,
    value: placeholder === "" ? undefined : completes ?? byPlaceholder(placeholder),
    placeholder,
    repeats: isCount === true || isList === true,
  };
}

function argumentNode({ name, doc, completes }: Argument): ArgumentNode {
  const word = name.replace(/^[<[]|(?:\.\.\.)?[>\]]$/g, "");
  return { name: word, doc, value: completes ?? byPlaceholder(word), repeats: name.includes("...") };
}

const files = ["FILE", "CONFIG", "NEW", "OLD"];

function byPlaceholder(word: string): Completion {
  if (word === "PEER") return "peers";
  if (word === "FAMILY") return "families";
  if (word === "FOLDER" || word === "DIR") return "folders";
  return files.includes(word) ? "files" : "nothing";
}
