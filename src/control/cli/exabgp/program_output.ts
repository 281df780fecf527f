/**
 * What a program reads from us. A program may read nothing at all; then its commands are still carried out, and answers
 * that it does not read are dropped.
 */

const encoder = new TextEncoder();
/** Answers that wait for the program. */
const mostWaiting = 1_048_576;

export class ProgramOutput {
  readonly #stream: { write(bytes: Uint8Array): Promise<number> };
  readonly #onDropped: () => void;
  #waiting: string[] = [];
  #waitingLength = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  /** `onDropped`: called once, when the first answer is dropped. */
  constructor(stream: { write(bytes: Uint8Array): Promise<number> }, onDropped: () => void) {
    this.#stream = stream;
    this.#onDropped = onDropped;
  }

  /** True: the program has closed its standard input. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Writes lines when the program reads. */
  write(lines: string): void {
    if (this.#isClosed) return;
    if (this.#waitingLength > mostWaiting) return this.#onDropped();
    this.#waiting.push(`${lines}\n`);
    this.#waitingLength += lines.length + 1;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when the program has read everything, or reads no more. Never rejects. */
  async drained(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const bytes = encoder.encode(this.#waiting.join(""));
        this.#waiting = [];
        this.#waitingLength = 0;
        for (let at = 0; at < bytes.length;) at += await this.#stream.write(bytes.subarray(at));
      }
    } catch {
      // The program has ended, or has closed its standard input.
      this.#isClosed = true;
      this.#waiting = [];
    } finally {
      this.#writing = undefined;
    }
  }
}
