/** The completion of fish: a line for each command and option. */

import type { Completion } from "../../../src/control/mod.ts";
import { fromTemplate, isWords, leadToPeers, peersOfJson } from "./shell.ts";
import template from "./template.fish" with { type: "text" };
import type { Node } from "./tree.ts";

export function fishCompletion(tree: readonly Node[], families: readonly string[]): string {
  return fromTemplate(template, {
    FAMILIES: families.map(quoted).join(" "),
    COMMANDS: tree.flatMap(commandLines).join("\n"),
    CHILDREN: tree.flatMap(childCases).join("\n"),
    PEERS: quoted(peersOfJson),
  });
}

function childCases({ path, children }: Node): string[] {
  return children.flatMap(({ names, path: childPath }) => [
    `            case ${names.map((name) => quoted(`${path} ${name}`)).join(" ")}`,
    `                set command ${quoted(childPath)}`,
  ]);
}

function commandLines({ path, children, options, arguments: words }: Node): string[] {
  const at = `complete -c bgpd -n ${quoted(`__bgpd_at ${path}`)}`;
  const seen = new Set<string>();
  // fish does not count arguments: every argument of a command is offered at every place.
  const offered = words.map(({ value }) => valueArguments(value)).filter((text) => {
    const isNew = text !== "" && !seen.has(text);
    seen.add(text);
    return isNew;
  });
  return [
    ...children.map(({ names, summary }) => `${at} -a ${quoted(names[0]!)} -d ${quoted(summary)}`),
    ...offered.map((text) => `${at} ${text}`),
    ...options.map(({ names, doc, value }) => {
      const spelled = names.map((name) => name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`);
      const takes = value === undefined ? "" : ` -r ${valueArguments(value)}`.trimEnd();
      return `${at} ${spelled.join(" ")}${takes} -d ${quoted(doc)}`;
    }),
  ];
}

function valueArguments(value: Completion): string {
  if (isWords(value)) return `-a ${leadToPeers(value) ? routeWords(value) : quoted(value.join(" "))}`;
  return {
    peers: "-a '(__bgpd_peers)'",
    families: "-a '(__bgpd_families)'",
    files: "-F",
    folders: "-a '(__fish_complete_directories)'",
    nothing: "",
  }[value];
}

/** The words, or after the word peer the names of the peers. */
function routeWords(words: readonly string[]): string {
  return `"(__bgpd_after peer; and __bgpd_peers; or printf '%s\\n' ${words.join(" ")})"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
