/** Input and output of a command whose answer goes to an assistant: a list of JSON, cut off after some items. */

import { type Io, OutputClosed } from "../command.ts";

export interface CapturedIo extends Io {
  /** What the command wrote, as JSON. */
  value(): unknown;
  /** The list has more items than were asked for. */
  readonly isCut: boolean;
  readonly messages: readonly string[];
}

/** `limit`: items of a list that the command writes one by one. */
export function capturedIo(limit: number): CapturedIo {
  const written: string[] = [];
  const messages: string[] = [];
  let isCut = false;
  return {
    messages,
    get isCut() {
      return isCut;
    },
    value() {
      const whole = written.join("");
      return whole === "" ? null : JSON.parse(isCut ? `${whole}\n]` : whole);
    },
    write(text) {
      // Items of a list come with what separates them from the one before.
      if (written.length === limit && text.startsWith(",\n")) {
        isCut = true;
        throw new OutputClosed();
      }
      written.push(text);
    },
    message: (text) => void messages.push(text),
    outputIsTerminal: false,
    useColour: false,
    columns: 100,
    messagesAreTerminal: false,
    inputIsTerminal: false,
    async *lines() {},
    flush() {},
    wait: () => Promise.resolve(false),
    terminal: () => undefined,
    now: () => Date.now(),
    places: { folder: "/", config: undefined, systemConfig: "/" },
  };
}
