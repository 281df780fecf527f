/** Places in the files of the other daemon, and what the converter has to say about them. */

/** A line of a file. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

export function placeText({ file, line }: Place): string {
  return `${file}:${line}`;
}

export interface Note {
  readonly at: Place;
  readonly text: string;
}

/** Text that the other daemon accepts and this converter cannot read. Its message says what it cannot read. */
export class NotUnderstood extends Error {}

/** Collects what has no translation. The same statement, read for several peers, is one note. */
export class Notes {
  readonly #leftOut = new Map<string, Note>();
  readonly #remarks = new Map<string, Note>();

  /** Something that the output does not do, although the input does. Returns the comments that say so. */
  leave(at: Place, text: string): string[] {
    return this.#add(this.#leftOut, at, text, "not translated: ");
  }

  /** Something that needs no translation, or that works another way. Returns the comments that say so. */
  remark(at: Place, text: string): string[] {
    return this.#add(this.#remarks, at, text, "");
  }

  /** A point in time, for {@link countSince} and {@link takeSince}. */
  mark(): number {
    return this.#leftOut.size;
  }

  /** How many parts were left out since then. */
  countSince(mark: number): number {
    return this.#leftOut.size - mark;
  }

  /** Forgets what was left out since then, and returns it. */
  takeSince(mark: number): readonly Note[] {
    const taken = [...this.#leftOut].slice(mark);
    for (const [line] of taken) this.#leftOut.delete(line);
    return taken.map(([, note]) => note);
  }

  get leftOut(): readonly Note[] {
    return [...this.#leftOut.values()];
  }

  get remarks(): readonly Note[] {
    return [...this.#remarks.values()];
  }

  #add(notes: Map<string, Note>, at: Place, text: string, before: string): string[] {
    const line = `${placeText(at)}: ${before}${text}`;
    if (notes.has(line)) return [];
    notes.set(line, { at, text });
    return [line];
  }
}
