/** A service manager for tests: receives the datagrams of sd_notify(3) at a Unix socket. */
import { unixAddress } from "../../src/transport/datagram.ts";
import { libcPaths } from "../../src/transport/mod.ts";
import { waitFor } from "./wait.ts";

const AF_UNIX = 1, SOCK_DGRAM = 2, SOCK_CLOEXEC = 0o2000000, MSG_DONTWAIT = 0x40;

const signatures = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

export class NotifySocket {
  readonly path: string;
  /** What was received so far, each with its time of `performance.now()`. */
  readonly messages: { readonly text: string; readonly at: number }[] = [];
  readonly #fd: number;
  readonly #symbols: Deno.DynamicLibrary<typeof signatures>["symbols"];

  /** `path`: in the file system, or `@name`. */
  constructor(path: string) {
    this.path = path;
    this.#symbols = open();
    this.#fd = this.#symbols.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const address = unixAddress(path);
    if (this.#symbols.bind(this.#fd, address, address.length) !== 0) throw new Error(`cannot bind ${path}`);
  }

  /** Reads what has arrived; returns all lines so far. */
  get lines(): string[] {
    const bytes = new Uint8Array(4096);
    for (;;) {
      const length = Number(this.#symbols.recv(this.#fd, bytes, BigInt(bytes.length), MSG_DONTWAIT));
      if (length <= 0) return this.messages.flatMap(({ text }) => text.split("\n"));
      this.messages.push({ text: new TextDecoder().decode(bytes.subarray(0, length)), at: performance.now() });
    }
  }

  /** Waits for a line from the given number of lines on. */
  waitFor(line: string | RegExp, from = 0): Promise<true> {
    const matches = (each: string) => typeof line === "string" ? each === line : line.test(each);
    return waitFor(`${line} at the notify socket`, () => this.lines.slice(from).some(matches) || undefined, {
      detail: () => this.lines.join("\n"),
    });
  }

  [Symbol.dispose](): void {
    this.#symbols.close(this.#fd);
    if (!this.path.startsWith("@")) Deno.removeSync(this.path);
  }
}

function open() {
  for (const path of libcPaths) {
    try {
      return Deno.dlopen(path, signatures).symbols;
    } catch {
      // Not at this path.
    }
  }
  throw new Error("no libc opens");
}
