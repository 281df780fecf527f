/** The completion of zsh: a function for each command, with the specifications of `_arguments`. */

import type { Completion } from "../../../src/control/mod.ts";
import { fromTemplate, isWords, leadToPeers } from "./shell.ts";
import template from "./template.zsh" with { type: "text" };
import type { ArgumentNode, Node, OptionNode } from "./tree.ts";

export function zshCompletion(tree: readonly Node[], families: readonly string[]): string {
  return fromTemplate(template, {
    FAMILIES: families.map(quoted).join(" "),
    COMMANDS: tree.map((node, i) => commandFunction(node, i === 0 ? "_bgpd_main" : functionName(node.path))).join("\n"),
  });
}

function commandFunction({ children, options, arguments: words }: Node, name: string): string {
  const specs = [...options.map(optionSpec), ...children.length === 0 ? words.map(argumentSpec) : []];
  if (children.length === 0) return `${name}() {\n  _arguments -s -S ${continued(specs)}\n}\n`;
  const described = children.map(({ names, summary }) => quoted(`${names[0]}:${summary.replaceAll(":", "\\:")}`));
  const takesFile = words[0]?.value === "files";
  return `${name}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C -s -S ${continued([...specs, "'1: :->command'", "'*:: :->rest'"])}
  case $state in
    command)
      local -a commands=(
        ${described.join("\n        ")}
      )
      _describe -t commands command commands
${takesFile ? "      _files\n" : ""}      ;;
    rest)
      case $words[1] in
${children.map(({ names, path }) => `        ${names.join("|")}) ${functionName(path)} ;;`).join("\n")}
      esac
      ;;
  esac
}
`;
}

function functionName(path: string): string {
  return `_${path.replaceAll(/[ -]/g, "_")}`;
}

function continued(specs: readonly string[]): string {
  return specs.map((spec) => `\\\n    ${spec}`).join(" ");
}

/** `'(-c --config)'{-c+,--config=}'[configuration file]:file:_files'`. */
function optionSpec({ names, doc, value, placeholder, repeats }: OptionNode): string {
  const written = names.map((name) => value === undefined ? name : name.startsWith("--") ? `${name}=` : `${name}+`);
  const exclusive = repeats ? "'*'" : names.length > 1 ? `'(${names.join(" ")})'` : "";
  const spelling = written.length > 1 ? `{${written.join(",")}}` : written[0]!;
  const action = value === undefined ? "" : `:${placeholder.toLowerCase()}:${actionOf(value)}`;
  return `${exclusive}${spelling}${quoted(`[${described(doc)}]${action}`)}`;
}

function argumentSpec({ name, doc, value, repeats }: ArgumentNode): string {
  const text = described(doc).replaceAll(":", "\\:");
  return quoted(`${repeats ? "*" : ""}:${name.toLowerCase()} (${text}):${actionOf(value)}`);
}

function actionOf(value: Completion): string {
  if (isWords(value)) return leadToPeers(value) ? `__bgpd_route ${value.join(" ")}` : `(${value.join(" ")})`;
  return {
    peers: "__bgpd_peers",
    families: "__bgpd_families",
    files: "_files",
    folders: "_files -/",
    nothing: " ",
  }[value];
}

function described(doc: string): string {
  return doc.replaceAll("\\", "\\\\").replaceAll("[", "\\[").replaceAll("]", "\\]");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
