/**
 * A file of announcements: one on each line, in the words of `bgpd announce` or as the JSON object that the API takes.
 * A line may begin with `announce` or `withdraw`; empty lines and comments (`#`) are skipped.
 */

import type { AnnouncementText, DestinationText } from "../../../store/mod.ts";
import { camelKeys } from "../../json.ts";
import { CommandError, Input, UsageError } from "../command.ts";
import { announcementOf, withdrawalOf } from "./announce_arguments.ts";

export interface FileLine<T> {
  /** Counted from 1. */
  readonly line: number;
  readonly text: T;
}

export interface FileLines {
  readonly announce: FileLine<AnnouncementText>[];
  readonly withdraw: FileLine<DestinationText>[];
}

export interface ReadingFile {
  /** For errors. */
  readonly name: string;
  /** What a line does that does not say it. */
  readonly verb: "announce" | "withdraw";
  /** The options of the command: they hold for every line that does not say otherwise. */
  readonly options: (words: readonly string[]) => Input;
  readonly now: number;
}

/** Throws {@link CommandError} with the place of the first mistake. */
export function readLines(text: string, reading: ReadingFile): FileLines {
  const lines: FileLines = { announce: [], withdraw: [] };
  text.split(/\r?\n/).forEach((line, i) => {
    const number = i + 1;
    try {
      readLine(line.trim(), number, reading, lines);
    } catch (error) {
      if (!(error instanceof UsageError || error instanceof SyntaxError)) throw error;
      throw new CommandError(`${reading.name}:${number}: ${error.message}`);
    }
  });
  return lines;
}

function readLine(text: string, line: number, { verb, options, now }: ReadingFile, lines: FileLines): void {
  if (text === "" || text.startsWith("#")) return;
  const [first = ""] = text.split(/\s/, 1);
  const isVerb = first === "announce" || first === "withdraw";
  const does = isVerb ? first : verb;
  const rest = isVerb ? text.slice(first.length).trim() : text;
  if (rest.startsWith("{")) {
    const { nextHop = "self", ...others } = camelKeys(JSON.parse(rest) as Partial<AnnouncementText>);
    const text = { ...others, nextHop } as AnnouncementText;
    if (does === "withdraw") lines.withdraw.push({ line, text });
    else lines.announce.push({ line, text });
    return;
  }
  const words = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
  if (does === "withdraw") lines.withdraw.push({ line, text: withdrawalOf(new Input(words, [])) });
  else lines.announce.push({ line, text: announcementOf(options(words), now) });
}
