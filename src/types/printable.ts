/**
 * Makes foreign text (of peers, of users of the database) safe to print: it cannot break a line, control a terminal, or
 * reverse the order of characters.
 */
export function printable(text: string): string {
  if (isPlain(text)) return text;
  return text.replace(harmful, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Control characters, and characters without width that break, join or reverse their neighbours. */
// deno-lint-ignore no-control-regex
const harmful = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Nearly all text is plain, and a table of a million routes has ten million cells: plain text returns early. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
