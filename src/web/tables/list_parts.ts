/** A list as text in parts, made from pages of items. */

/** After so long without text, an empty part lets others go on. */
const pauseMs = 10;

export interface ListText<T> {
  readonly head: string;
  /** The text of an item; `undefined`: it is left out. */
  item(item: T): string | undefined;
  readonly tail: string;
}

/** One part for each page; its items are separated by commas. Pages without text give an empty part now and then. */
export async function* listParts<T>(
  pages: Iterable<readonly T[]> | AsyncIterable<readonly T[]>,
  { head, item, tail }: ListText<T>,
): AsyncGenerator<string, void, undefined> {
  let text = head, separator = "\n";
  let last = performance.now();
  for await (const page of pages) {
    for (const each of page) {
      const itemText = item(each);
      if (itemText === undefined) continue;
      text += separator + itemText;
      separator = ",\n";
    }
    if (text === "" && performance.now() - last < pauseMs) continue;
    yield text;
    text = "";
    last = performance.now();
  }
  yield text + tail;
}

/** Runs work that gives way to others between its steps, and returns its result. */
export async function unhurried<T>(work: Iterator<unknown, T, undefined>): Promise<T> {
  let last = performance.now();
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() - last < pauseMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  }
}
