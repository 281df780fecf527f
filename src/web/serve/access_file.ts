/** The file of tokens and passwords. It is read again when it changes, so that no restart is needed. */

/** So often, at most, the file is looked at. */
const checkMs = 1_000;

export class AccessFile {
  readonly #path: string | undefined;
  readonly #warn: (text: string) => void;
  #lines: ReadonlySet<string> = new Set();
  #version: string | undefined;
  #checkedAt = -Infinity;

  /** Throws an error in words where the file cannot be read: without it, everyone could. */
  constructor(path: string | undefined, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
    if (path !== undefined) this.#read(path);
  }

  /** `undefined`: everyone may read. */
  lines(): ReadonlySet<string> | undefined {
    if (this.#path === undefined) return undefined;
    const now = performance.now();
    if (now - this.#checkedAt < checkMs) return this.#lines;
    this.#checkedAt = now;
    try {
      this.#read(this.#path);
    } catch (error) {
      this.#warn(`${(error as Error).message}; the tokens and passwords of before stay`);
    }
    return this.#lines;
  }

  #read(path: string): void {
    try {
      const { mtime, size, ino } = Deno.statSync(path);
      const version = `${mtime?.getTime()}/${size}/${ino}`;
      if (version === this.#version) return;
      this.#version = version;
      const lines = Deno.readTextFileSync(path).split("\n").map((line) => line.trim());
      this.#lines = new Set(lines.filter((line) => line !== "" && !line.startsWith("#")));
    } catch (error) {
      throw new Error(`access_file ${path} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }
}
