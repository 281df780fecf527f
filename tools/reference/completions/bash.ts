/** The completion of bash. `template.bash` walks along the line; here is the table of all commands. */

import type { Completion } from "../../../src/control/mod.ts";
import { fromTemplate, isWords } from "./shell.ts";
import template from "./template.bash" with { type: "text" };
import type { Node } from "./tree.ts";

export function bashCompletion(tree: readonly Node[], families: readonly string[]): string {
  return fromTemplate(template, {
    FAMILIES: families.map(quoted).join(" "),
    COMMANDS: tree.map(commandCase).join("\n"),
    CHILDREN: tree.flatMap(childCases).join("\n"),
  });
}

function commandCase({ path, children, options, arguments: words }: Node): string {
  const valued = options.filter(({ value }) => value !== undefined);
  const kinds = valued.flatMap(({ names, value }) => names.map((name) => `${name} ${kindOf(value!)}`));
  const list = (name: string, values: readonly string[]) =>
    values.length === 0 ? [] : [`      ${name}=${quoted(values.join(name === "kinds" ? "\n" : " "))}`];
  return [
    `    ${quoted(path)})`,
    ...list("children", children.map(({ names }) => names[0]!)),
    ...list("flags", options.flatMap(({ names }) => names)),
    ...list("valued", valued.flatMap(({ names }) => names)),
    ...list("kinds", kinds),
    ...words.length === 0
      ? []
      : [`      arguments=(${
        words.map(({ value, repeats }) => quoted(kindOf(value) + (repeats ? "..." : ""))).join(" ")
      })`],
    "      ;;",
  ].join("\n");
}

function childCases({ path, children }: Node): string[] {
  return children.map(({ names }) =>
    `    ${names.map((name) => quoted(`${path} ${name}`)).join(" | ")}) echo ${names[0]} ;;`
  );
}

function kindOf(value: Completion): string {
  return isWords(value) ? `words:${value.join(" ")}` : value;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
