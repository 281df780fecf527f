/**
 * Text of others (peers, whoever may write to the database) made fit to be shown: it can neither break a line nor steer
 * a terminal, nor show in another order than it is.
 */
export function printable(text: string): string {
  if (isPlain(text)) return text;
  return text.replace(harmful, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Control characters, and those without a width that break, join or turn round what stands beside them. */
// deno-lint-ignore no-control-regex
const harmful = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Nearly all is: a table of a million routes has ten million such cells. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}
