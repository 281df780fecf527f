/**
 * Reads the words and options of a command line that has no mistake and asks for no help. Everything else is left to
 * commander, which takes 25 ms to load: both read a plain line alike (`plain_words_test.ts`).
 */

import { type Command, Input, type Option } from "./command.ts";

/** `undefined`: commander has to read this line. `args`: what follows the name of the command. */
export function readPlainWords({ arguments: places = [], options = [] }: Command, args: readonly string[]):
  | Input
  | undefined {
  const words: string[] = [];
  const values = new Map<string, unknown>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (!arg.startsWith("-")) {
      words.push(arg);
      continue;
    }
    const [flag = "", inline] = arg.startsWith("--") ? split(arg) : [arg];
    const option = options.map(partsOf).find(({ flags }) => flags.includes(flag));
    if (option === undefined) return undefined;
    const { name, takesValue, option: { isCount, isList } } = option;
    if (!takesValue) {
      if (inline !== undefined) return undefined;
      values.set(name, isCount === true ? Number(values.get(name) ?? 0) + 1 : true);
      continue;
    }
    const value = inline ?? rest.shift();
    if (value === undefined || value.startsWith("-")) return undefined;
    values.set(name, isList === true ? [...(values.get(name) as string[] | undefined) ?? [], value] : value);
  }
  const required = places.filter(({ name }) => name.startsWith("<")).length;
  const isEndless = places.at(-1)?.name.includes("...") === true;
  if (words.length < required || words.length > places.length && !isEndless) return undefined;
  return new Input(words, values);
}

/** `--name=value` as its two parts. */
function split(arg: string): [string, string?] {
  const at = arg.indexOf("=");
  return at < 0 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}

/** `"-p, --port PORT"` as flags, the name without dashes, and whether a value follows. */
function partsOf(option: Option) {
  const flags = option.flags.split(/, | /);
  const takesValue = !flags.at(-1)!.startsWith("-");
  if (takesValue) flags.pop();
  return { option, flags, takesValue, name: flags.at(-1)!.replace(/^--/, "") };
}
