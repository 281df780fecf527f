/** Input and output of a command, in memory. */
import { type Io, OutputClosed, type Places, type Terminal } from "../../../../src/control/cli/command.ts";

export interface FakeIo extends Io {
  readonly output: string;
  readonly messages: readonly string[];
}

export interface FakeIoOptions {
  readonly input?: readonly string[];
  readonly isTerminal?: boolean;
  /** The reader closes the output after so many writes. */
  readonly closesAfter?: number;
  readonly now?: number;
  readonly columns?: number;
  readonly places?: Partial<Places>;
  /** What happens while the command waits; false: the user ends it. */
  readonly waits?: () => boolean | Promise<boolean>;
  readonly terminal?: Terminal;
}

export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const written: string[] = [];
  const messages: string[] = [];
  const isTerminal = options.isTerminal ?? false;
  return {
    get output() {
      return written.join("");
    },
    messages,
    outputIsTerminal: isTerminal,
    useColour: isTerminal,
    columns: options.columns ?? 100,
    messagesAreTerminal: isTerminal,
    inputIsTerminal: isTerminal,
    now: () => options.now ?? 0,
    places: { folder: Deno.cwd(), config: undefined, systemConfig: "/nowhere/bgpd.toml", ...options.places },
    flush() {},
    wait: (milliseconds) =>
      Promise.resolve(milliseconds === 0 ? true : options.waits === undefined ? false : options.waits()),
    terminal: () => options.terminal,
    write(text) {
      if (written.length === options.closesAfter) throw new OutputClosed();
      written.push(text);
    },
    message: (text) => void messages.push(text),
    async *lines() {
      yield* options.input ?? [];
    },
  };
}
