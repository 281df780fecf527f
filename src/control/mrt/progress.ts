/** A progress line on a terminal, rewritten in place; no output without a terminal. */

const width = 30;
/** When the line first appears, and how often it changes. */
const firstAfterMs = 500;
const everyMs = 200;

export class Progress {
  readonly #enabled: boolean;
  readonly #label: string;
  readonly #started = performance.now();
  #next = firstAfterMs;
  #shown = false;

  constructor(label: string, enabled: boolean) {
    this.#label = label;
    this.#enabled = enabled;
  }

  /** Shows `done` of `total`, and a text. May be called often. */
  update(done: number, total: number, text: () => string): void {
    if (!this.#enabled) return;
    const elapsed = performance.now() - this.#started;
    if (elapsed < this.#next) return;
    this.#next = elapsed + everyMs;
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const bar = "#".repeat(Math.round(share * width)).padEnd(width, ".");
    const left = share > 0.01 ? `, ${Math.ceil((elapsed / share - elapsed) / 1000)} s left` : "";
    this.#write(`\r\x1b[K${this.#label} [${bar}] ${Math.floor(share * 100)} %, ${text()}${left}`);
    this.#shown = true;
  }

  /** Removes the line. */
  end(): void {
    if (this.#shown) this.#write("\r\x1b[K");
    this.#shown = false;
  }

  #write(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}
