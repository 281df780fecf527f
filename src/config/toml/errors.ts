/** Mistakes in a configuration: where a mistake is, what it is, and what was probably meant. */

import { familyByName, familyNames } from "../../types/mod.ts";

/** A line and a column of the configuration text. Both count from 1. */
export interface SourcePosition {
  /** The file, where the text is from a file. */
  readonly file?: string;
  readonly line: number;
  readonly column: number;
}

export interface ConfigError extends SourcePosition {
  readonly message: string;
  /** What was probably meant, as it would be written. */
  readonly suggestion?: string;
}

/** Collects mistakes. A check reports a mistake and goes on, so that one run finds all of them. */
export class Report {
  readonly #errors: ConfigError[] = [];
  readonly #warnings: ConfigError[] = [];
  readonly #files: readonly string[];

  /** `files`: the paths of all files, in the order in which mistakes are listed. */
  constructor(files: readonly string[] = []) {
    this.#files = files;
  }

  add(at: SourcePosition, message: string, suggestion?: string): void {
    const place = { ...placeOf(at), message };
    this.#errors.push(suggestion === undefined ? place : { ...place, suggestion });
  }

  /** Reports what is allowed, but probably not meant. */
  warn(at: SourcePosition, message: string): void {
    this.#warnings.push({ ...placeOf(at), message });
  }

  /** `"on line 5"`; with the file where there are several. */
  where({ line, file }: SourcePosition): string {
    return `on line ${line}${file === undefined || this.#files.length < 2 ? "" : ` of ${file}`}`;
  }

  get count(): number {
    return this.#errors.length;
  }

  /** In the order of the text. A mistake that several peers inherit from their group is listed once. */
  sorted(): ConfigError[] {
    return this.#inOrder(this.#errors);
  }

  warnings(): ConfigError[] {
    return this.#inOrder(this.#warnings);
  }

  #inOrder(list: readonly ConfigError[]): ConfigError[] {
    const once = new Map(
      list.map((error) => [`${error.file ?? ""} ${error.line} ${error.column} ${error.message}`, error]),
    );
    const fileOf = ({ file }: ConfigError) => file === undefined ? -1 : this.#files.indexOf(file);
    return [...once.values()].toSorted((a, b) => fileOf(a) - fileOf(b) || a.line - b.line || a.column - b.column);
  }
}

function placeOf({ line, column, file }: SourcePosition): SourcePosition {
  return file === undefined ? { line, column } : { file, line, column };
}

/**
 * Formats an error as compilers do:
 *
 *     config.toml:12:1: unknown key "hold_time" in [[peers]]
 *       12 | hold_time = 90
 *          | ^
 *          = did you mean hold_timer?
 */
export function formatConfigError(error: ConfigError, fileName: string, text: string): string {
  const source = text.split("\n")[error.line - 1]?.replace(/\r$/, "") ?? "";
  const gutter = String(error.line).padStart(4);
  const margin = " ".repeat(gutter.length);
  // Tabs before the caret stay tabs, so that the caret is below the right character.
  const indent = source.slice(0, error.column - 1).replace(/[^\t]/g, " ");
  const lines = [
    `${fileName}:${error.line}:${error.column}: ${error.message}`,
    `${gutter} | ${source}`,
    `${margin} | ${indent}^`,
  ];
  if (error.suggestion !== undefined) lines.push(`${margin} = did you mean ${error.suggestion}?`);
  return lines.join("\n");
}

/** As {@link formatConfigError}, for an error in one of several files. */
export function formatErrorOf(
  error: ConfigError,
  files: readonly { readonly path: string; readonly text: string }[],
): string {
  const file = files.find(({ path }) => path === error.file) ?? files[0];
  return formatConfigError(error, file?.path ?? "", file?.text ?? "");
}

/** An error in one line; `fileName` stands for a text that is from no file. */
export function configErrorLine(error: ConfigError, fileName: string): string {
  const { file = fileName, line, column, message, suggestion } = error;
  return `${file}:${line}:${column}: ${message}${suggestion === undefined ? "" : `; did you mean ${suggestion}?`}`;
}

/**
 * The known word nearest to a misspelt one, or the only known word that starts with it; `undefined` where there is
 * none.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined, bestDistance = limit + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== undefined) return best;
  const longer = [...known].filter((candidate) => candidate.startsWith(`${word}_`));
  return longer.length === 1 ? longer[0] : undefined;
}

/** Our name of the family that a misspelt name means: `"ipv4 vpn"` for `"vnpv4"`; `undefined` where none is near. */
export function nearestFamily(name: string): string | undefined {
  const near = nearest(name.trim().replace(/[-_/ ]+/g, " "), familyNames());
  return near === undefined ? undefined : familyByName(near)!.name;
}

/** How many insertions, deletions, replacements and swaps of neighbours lead from one word to the other. */
function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, older[j - 2]! + 1);
      }
      row.push(distance);
    }
    older = previous;
    previous = row;
  }
  return previous[b.length]!;
}
