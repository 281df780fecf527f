/** How many columns of a terminal a text takes: Chinese and Japanese characters and emoji take two, accents none. */

/** Characters of two columns (East Asian Width W and F of Unicode): ranges of code points, the first and the last. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x23e9, 0x23ec],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x1b2ff],
  [0x1f300, 0x1f9ff],
  [0x1fa70, 0x3fffd],
];

/** Characters that are drawn over the one before. */
const combining = /[\p{Mn}\p{Me}\u{fe00}-\u{fe0f}]/u;

// deno-lint-ignore no-control-regex
const ascii = /^[\x00-\x7f]*$/;

export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): 0 | 1 | 2 {
  if (combining.test(character)) return 0;
  const point = character.codePointAt(0) ?? 0;
  return wide.some(([first, last]) => point >= first && point <= last) ? 2 : 1;
}

/** The longest beginning of a text that takes at most `width` columns. */
export function startOf(text: string, width: number): string {
  if (ascii.test(text)) return text.slice(0, Math.max(0, width));
  let start = "", taken = 0;
  for (const character of text) {
    taken += characterWidth(character);
    if (taken > width) break;
    start += character;
  }
  return start;
}

/** The longest end of a text that takes at most `width` columns. */
export function endOf(text: string, width: number): string {
  if (ascii.test(text)) return width <= 0 ? "" : text.slice(-width);
  const characters = [...text];
  let taken = 0, from = characters.length;
  while (from > 0) {
    taken += characterWidth(characters[from - 1] ?? "");
    if (taken > width) break;
    from--;
  }
  // An accent without its letter would move to the text before it.
  while (from < characters.length && combining.test(characters[from] ?? "")) from++;
  return characters.slice(from).join("");
}

export function padRight(text: string, width: number): string {
  // `padEnd` counts characters.
  return ascii.test(text) ? text.padEnd(width) : text + " ".repeat(Math.max(0, width - displayWidth(text)));
}

export function padLeft(text: string, width: number): string {
  return ascii.test(text) ? text.padStart(width) : " ".repeat(Math.max(0, width - displayWidth(text))) + text;
}
