/**
 * # convert/exabgp: the configuration of ExaBGP
 *
 * | file | what |
 * |---|---|
 * | `syntax.ts` | statements and blocks |
 * | `neighbors.ts` | neighbours as peers |
 * | `routes.ts` | routes and flows of a neighbour as tables, or as commands |
 * | `processes.ts` | processes as the command lines that run them |
 *
 * ExaBGP's words for routes are those of its API: `control/exabgp` reads them.
 *
 * @module
 */

import { type Conversion, conversionOf, type ConversionOptions } from "../conversion.ts";
import { Draft } from "../draft.ts";
import { Notes, NotUnderstood } from "../place.ts";
import { addNeighbor } from "./neighbors.ts";
import { addProcesses, type Program } from "./processes.ts";
import { type Statement, statementsOf } from "./syntax.ts";

export function convertExabgp(
  file: { readonly name: string; readonly text: string },
  options: ConversionOptions,
): Conversion {
  const draft = new Draft(new Notes());
  try {
    read(statementsOf(file.text, file.name), draft);
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    draft.topComments.push(...draft.notes.leave({ file: file.name, line: 1 }, error.message));
  }
  return conversionOf(draft, { program: "ExaBGP", file: file.name, secretsFolder: options.secretsFolder });
}

function read(statements: readonly Statement[], draft: Draft): void {
  const templates = new Map<string, readonly Statement[]>();
  for (const { block } of named(statements, "template")) {
    for (const { words, block: content } of block ?? []) {
      const name = words[1];
      if (words[0] === "neighbor" && name !== undefined) templates.set(name, content ?? []);
    }
  }
  const programs = new Map<string, Program>();
  for (const statement of named(statements, "process")) {
    const name = statement.words[1] ?? "";
    const value = (key: string) => statement.block?.find(({ words }) => words[0] === key)?.words.slice(1).join(" ");
    programs.set(name, {
      name,
      run: value("run") ?? "",
      encoder: value("encoder"),
      at: statement.at,
      peers: new Map(),
    });
  }
  for (const statement of statements) {
    const [word = ""] = statement.words;
    if (word === "neighbor") addNeighbor(statement, { draft, templates, programs });
    else if (!["template", "process"].includes(word)) {
      const text = `${statement.words.join(" ")}: bgpd has no such option`;
      draft.looseComments.push(...draft.notes.leave(statement.at, text));
    }
  }
  addProcesses([...programs.values()], draft);
  // Without such a neighbour, ExaBGP accepts no connections.
  const listens = draft.peers.some(({ keys }) => keys.get("passive") === true) || draft.top.has("bgp_socket");
  if (!listens && draft.peers.length > 0) draft.top.set("bgp_socket", []);
}

function named(statements: readonly Statement[], name: string): Statement[] {
  return statements.filter(({ words }) => words[0] === name);
}
