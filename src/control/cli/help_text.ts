/** The examples of the help, and how wide the help is. */

import type { Command, Io } from "./command.ts";
import { wrap } from "./text/units.ts";

/** A line with more characters is hard to read, however wide the terminal is. */
const mostColumns = 120;
/** With less room beside the examples, what they do stands below them. */
const leastRoom = 30;

export function helpWidth({ columns }: Pick<Io, "columns">): number {
  return Math.min(columns, mostColumns);
}

type Examples = NonNullable<Command["examples"]>;

export function examplesText(examples: Examples, width: number): string {
  const { longest, indent, isBeside } = layoutOf(examples, width);
  const texts = examples.flatMap(([line, doc]) => {
    if (!isBeside) return [`  ${line}`, ...wrap(doc, width - 6).map((text) => `      ${text}`)];
    const [first = "", ...rest] = wrap(doc, width - indent);
    return [`  ${line.padEnd(longest)}  ${first}`, ...rest.map((text) => " ".repeat(indent) + text)];
  });
  return ["", "Examples:", ...texts].join("\n");
}

/** The first example of each command, for `bgpd --help`. Where there is no room beside them, they stand alone. */
export function overview(commands: readonly Command[], width: number): string {
  const examples = commands.flatMap(({ examples = [] }) => examples.slice(0, 1));
  if (layoutOf(examples, width).isBeside) return examplesText(examples, width);
  return ["", "Examples:", ...examples.map(([line]) => `  ${line}`)].join("\n");
}

function layoutOf(examples: Examples, width: number) {
  const longest = Math.max(...examples.map(([line]) => line.length));
  const indent = longest + 4;
  return { longest, indent, isBeside: width - indent >= leastRoom };
}
