/** The commands: their tree, flattened, and the reference of all commands. */

import type { Command, ProgramInfo } from "../../src/control/mod.ts";
import { type Block, code, type Definition, definitions, paragraph, part, sentence } from "./document.ts";

/** A command that people can call, with its words from the root: `["bgpd", "show", "routes"]`. */
export interface Called {
  readonly words: readonly string[];
  readonly command: Command;
}

/** All commands that do something, in the order of the help. A group such as `show` is no command of its own. */
export function calledCommands(program: ProgramInfo): Called[] {
  const walk = (words: readonly string[], commands: readonly Command[]): Called[] =>
    commands.flatMap((command) => {
      const path = [...words, command.name];
      return command.commands === undefined ? [{ words: path, command }] : walk(path, command.commands);
    });
  return walk([program.name], program.commands);
}

/** One line for each command, with a link to its part on the page. */
export function commandIndex(program: ProgramInfo): string {
  const rows = calledCommands(program).map(({ words, command: { summary } }) =>
    `| [${words.join(" ")}](#${words.join("-")}) | ${summary.replaceAll("|", "\\|").replaceAll("*", "\\*")} |`
  );
  return ["| command | what it does |", "|---|---|", ...rows, ""].join("\n");
}

/** A part for each command: how it is called, what it does, its words and options, and examples. */
export function commandBlocks(program: ProgramInfo): Block[] {
  const groups = new Map(
    program.commands.flatMap(({ name, aliases = [], commands }) =>
      commands === undefined || aliases.length === 0 ? [] : [[name, aliases] as const]
    ),
  );
  return calledCommands(program).flatMap(({ words, command }) => [
    part(words.join(" ")),
    code("", synopsis(words, command)),
    paragraph(sentence(command.summary) + otherNames(words, command, groups)),
    ...definitions(["argument", "meaning"], (command.arguments ?? []).map(({ name, doc }) => one(name, doc))),
    ...definitions(["option", "meaning"], (command.options ?? []).map(({ flags, doc }) => one(flags, doc))),
    ...command.examples === undefined ? [] : [{ kind: "examples", items: command.examples } as const],
  ]);
}

/** `bgpd show routes [OPTIONS] [WORDS...]`; the command that runs without its name has brackets around it. */
export function synopsis(words: readonly string[], { arguments: names = [], options, isDefault }: Command): string {
  const called = isDefault === true ? [...words.slice(0, -1), `[${words.at(-1)}]`] : words;
  return [
    ...called,
    ...options === undefined ? [] : ["[OPTIONS]"],
    ...names.map(({ name }) => name.replace(/^<(.*)>$/, "$1")),
  ].join(" ");
}

function otherNames(words: readonly string[], command: Command, groups: ReadonlyMap<string, readonly string[]>) {
  const group = groups.get(words[1] ?? "") ?? [];
  const names = [
    ...(command.aliases ?? []).map((alias) => [...words.slice(0, -1), alias].join(" ")),
    ...words.length < 3 ? [] : group.map((alias) => [words[0], alias, ...words.slice(2)].join(" ")),
  ];
  return names.length === 0 ? "" : ` Other names: ${names.map((name) => `\`${name}\``).join(", ")}.`;
}

function one(term: string, doc: string): Definition {
  return { term: term.replace(/^<(.*)>$/, "$1"), texts: [doc] };
}
