/**
 * What a command is: a plain value. Each file of this folder that is a command exports one; `program.ts` makes a command
 * line of them all.
 */

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** `"<CONFIG>"` is required, `"[PREFIX]"` is not, `"[WORDS...]"` takes the rest. */
  readonly arguments?: readonly { readonly name: string; readonly doc: string }[];
  readonly options?: readonly Option[];
  /** Whole command lines with what they do, shown by `--help`. */
  readonly examples?: readonly (readonly [line: string, doc: string])[];
  readonly commands?: readonly Command[];
  /** Taken where the first word names no command. */
  readonly isDefault?: boolean;
  run?(input: Input, io: Io): number | Promise<number>;
}

export interface Option {
  /** `"-p, --port PORT"` takes a value, `"--json"` does not. */
  readonly flags: string;
  readonly doc: string;
  /** Counts how often it stands there, as `-vv`. */
  readonly isCount?: boolean;
  /** May stand there several times, each with a value. */
  readonly isList?: boolean;
}

/** What stood on the command line. */
export class Input {
  readonly words: readonly string[];
  readonly #options: ReadonlyMap<string, unknown>;

  constructor(words: readonly string[], options: Iterable<readonly [string, unknown]>) {
    this.words = words;
    this.#options = new Map(options);
  }

  text(option: string): string | undefined {
    const value = this.#options.get(option);
    return typeof value === "string" ? value : undefined;
  }

  /** Values of an option that may stand there several times. */
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

  /** A whole number in a range; anything else is wrong usage. */
  number(option: string, min: number, max: number): number | undefined {
    const value = this.text(option);
    if (value === undefined) return undefined;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    throw new UsageError(`--${option} takes a whole number from ${min} to ${max}, not "${value}"`);
  }
}

/** The world around a command; tests give one of their own. */
export interface Io {
  /** Results: standard output. Throws {@link OutputClosed} once nobody reads any more. */
  write(text: string): void;
  /** Messages for people: standard error, one line. */
  message(text: string): void;
  readonly outputIsTerminal: boolean;
  /** How wide text for people may be: that of the terminal, 100 where there is none. */
  readonly columns: number;
  readonly messagesAreTerminal: boolean;
  readonly inputIsTerminal: boolean;
  /** Standard input, line by line. */
  lines(): AsyncIterable<string>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Exit code 2: the command line itself is wrong. */
export class UsageError extends Error {}

/** Exit code 1: understood, but it cannot be done. The message is one sentence for people. */
export class CommandError extends Error {}

/** Whoever read our output has gone (`| head`): no error, there is only nothing left to do. */
export class OutputClosed extends Error {}
