/**
 * What a command is: a plain value, exported by the file of the command. `program.ts` turns all commands into a command
 * line.
 */

import { parseAsn } from "../../types/mod.ts";

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** `"<CONFIG>"` is required, `"[PREFIX]"` is optional, `"[WORDS...]"` takes all further words. */
  readonly arguments?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Whole command lines and what they do; `--help` prints them. */
  readonly examples?: readonly (readonly [line: string, doc: string])[];
  readonly commands?: readonly Command[];
  /** This command runs if the first word is not the name of a command. */
  readonly isDefault?: boolean;
  run?(input: Input, io: Io): number | Promise<number>;
}

export interface Argument {
  readonly name: string;
  readonly doc: string;
  readonly completes?: Completion;
}

/**
 * What a shell offers for a word: names of peers, families, files, folders, these words, or nothing. Without it, the
 * name of the word decides: `PEER` and `--peer PEER` are peers, `FILE` and `CONFIG` are files.
 */
export type Completion = "peers" | "families" | "files" | "folders" | "nothing" | readonly string[];

export interface Option {
  /** `"-p, --port PORT"` takes a value, `"--json"` does not. */
  readonly flags: string;
  readonly doc: string;
  readonly completes?: Completion;
  /** The value is how often the option is given: `-vv` is 2. */
  readonly isCount?: boolean;
  /** The option may be given several times; the value is the list of all. */
  readonly isList?: boolean;
}

/** The words and options of a command line. */
export class Input {
  readonly words: readonly string[];
  readonly #options: ReadonlyMap<string, unknown>;

  constructor(words: readonly string[], options: Iterable<readonly [string, unknown]>) {
    this.words = words;
    this.#options = new Map(options);
  }

  /** The same options with other words. */
  withWords(words: readonly string[]): Input {
    return new Input(words, this.#options);
  }

  /** The word of a required argument: the command only runs if it is there. */
  required(index: number): string {
    const word = this.words[index];
    if (word === undefined) throw new Error(`argument ${index} is not a required one`);
    return word;
  }

  text(option: string): string | undefined {
    const value = this.#options.get(option);
    return typeof value === "string" ? value : undefined;
  }

  /** All values of an option that may be given several times. */
  list(option: string): readonly string[] {
    const value = this.#options.get(option);
    return Array.isArray(value) ? value : [];
  }

  flag(option: string): boolean {
    return this.#options.get(option) === true;
  }

  count(option: string): number {
    const value = this.#options.get(option);
    return typeof value === "number" ? value : 0;
  }

  /** An AS number, with or without "AS" in front. Throws {@link UsageError} for any other text. */
  asn(option: string): number | undefined {
    const value = this.text(option);
    if (value === undefined) return undefined;
    const asn = parseAsn(value.replace(/^AS/i, ""));
    if (asn !== undefined) return asn;
    throw new UsageError(`--${option} takes an AS number, not "${value}"`);
  }

  /** A whole number from `min` to `max`. Throws {@link UsageError} for any other text. */
  number(option: string, min: number, max: number): number | undefined {
    const value = this.text(option);
    if (value === undefined) return undefined;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    throw new UsageError(`--${option} takes a whole number from ${min} to ${max}, not "${value}"`);
  }
}

/** What the places of files depend on (`database_file.ts`). */
export interface Places {
  /** The current folder. */
  readonly folder: string;
  /** The value of `BGPD_CONFIG`; `undefined` if it is not set or empty. */
  readonly config: string | undefined;
  /** `/etc/bgpd/bgpd.toml`. */
  readonly systemConfig: string;
}

/** Input and output of a command; tests use their own. */
export interface Io {
  /** Writes results to standard output. Throws {@link OutputClosed} when the reader has closed it. */
  write(text: string): void;
  /** Writes one line for the operator to standard error. */
  message(text: string): void;
  readonly outputIsTerminal: boolean;
  /** True: standard output is a terminal that shows colours; `NO_COLOR` and `FORCE_COLOR` override it. */
  readonly useColour: boolean;
  /** The width of the terminal in characters; 100 without a terminal. */
  readonly columns: number;
  readonly messagesAreTerminal: boolean;
  readonly inputIsTerminal: boolean;
  /** Standard input, line by line. */
  lines(): AsyncIterable<string>;
  /** Hands what was written to the reader now: a command that waits does so before. */
  flush(): void;
  /** Waits so many milliseconds. False: the user ended the command meanwhile (Ctrl-C, SIGTERM, SIGHUP). */
  wait(milliseconds: number): Promise<boolean>;
  /**
   * Takes over the terminal: keys arrive one by one and are not shown. `undefined`: input and output are not both
   * terminals. Close it in any case.
   */
  terminal(): Terminal | undefined;
  /** Milliseconds since 1970. */
  now(): number;
  readonly places: Places;
}

/** A terminal whose keys a command reads one by one. */
export interface Terminal {
  /** The size in characters. */
  readonly columns: number;
  readonly rows: number;
  /** Writes at once, in one piece. */
  write(text: string): void;
  /** What happens next; `time` after so many milliseconds. */
  next(milliseconds: number): Promise<TerminalEvent>;
  /** Gives the terminal back as it was. */
  close(): void;
}

export type TerminalEvent =
  /** What the keys sent, for example `"a"` or `"\x1b[A"`. */
  | { readonly kind: "keys"; readonly text: string }
  | { readonly kind: "resize" }
  | { readonly kind: "time" }
  /** The terminal is gone, or a signal ends the command. */
  | { readonly kind: "end" };

/** Exit code 2: the command line is wrong. */
export class UsageError extends Error {}

/** Exit code 1: the command line is right, but the command failed. The message is one sentence for the operator. */
export class CommandError extends Error {}

/** The reader of standard output has closed it (`| head`). This is not an error: the command ends. */
export class OutputClosed extends Error {}
