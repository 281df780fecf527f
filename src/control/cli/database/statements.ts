/** Where SQL statements end: the shell runs a statement when it is complete. */

export interface Statements {
  /** Complete statements, without the semicolons. */
  readonly whole: readonly string[];
  /** The text after the last semicolon. */
  readonly rest: string;
}

/** Splits a text at the semicolons outside of quotes and comments. */
export function splitStatements(text: string): Statements {
  const whole: string[] = [];
  let start = 0;
  // A quoted text (also [x] and `x`), a comment, or a semicolon; an unfinished one runs to the end.
  const pattern =
    /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$)|\[[^\]]*(?:\]|$)|--[^\n]*|\/\*[^]*?(?:\*\/|$)|;/g;
  for (const match of text.matchAll(pattern)) {
    if (match[0] !== ";") continue;
    const statement = text.slice(start, match.index).trim();
    if (!isBlank(statement)) whole.push(statement);
    start = match.index + 1;
  }
  return { whole, rest: text.slice(start) };
}

/** True if the text only has spaces and comments. */
export function isBlank(text: string): boolean {
  return text.replaceAll(/--[^\n]*|\/\*[^]*?\*\//g, "").trim() === "";
}
