/** What the keys of a terminal send, as names of keys. Pure. */

/** A character that was typed, or a key with a name. */
export type Key = { readonly kind: "text"; readonly text: string } | { readonly kind: "key"; readonly name: KeyName };

export type KeyName =
  | "enter"
  | "tab"
  | "backspace"
  | "delete"
  | "escape"
  | "up"
  | "down"
  | "left"
  | "right"
  | "home"
  | "end"
  | "pageUp"
  | "pageDown"
  | "wordLeft"
  | "wordRight"
  | "deleteWord"
  | `ctrl-${string}`
  /** A sequence that no command knows. */
  | "unknown";

/** Sequences after ESC. */
const sequences: Readonly<Record<string, KeyName>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "OA": "up",
  "OB": "down",
  "OC": "right",
  "OD": "left",
  "[H": "home",
  "[F": "end",
  "OH": "home",
  "OF": "end",
  "[1~": "home",
  "[4~": "end",
  "[7~": "home",
  "[8~": "end",
  "[3~": "delete",
  "[5~": "pageUp",
  "[6~": "pageDown",
  "[1;5C": "wordRight",
  "[1;5D": "wordLeft",
  "[1;3C": "wordRight",
  "[1;3D": "wordLeft",
  "b": "wordLeft",
  "f": "wordRight",
  "\x7f": "deleteWord",
  "\b": "deleteWord",
};

// deno-lint-ignore no-control-regex
const pattern = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O[A-Za-z]|[bf\x7f\b])|[^]/gu;

/** The keys of a piece of input. An ESC alone is the Escape key. */
export function parseKeys(input: string): Key[] {
  return [...input.matchAll(pattern)].map(([text]) => keyOf(text));
}

function keyOf(text: string): Key {
  if (text.length > 1 && text.startsWith("\x1b")) return { kind: "key", name: sequences[text.slice(1)] ?? "unknown" };
  switch (text) {
    case "\x1b":
      return { kind: "key", name: "escape" };
    case "\r":
    case "\n":
      return { kind: "key", name: "enter" };
    case "\t":
      return { kind: "key", name: "tab" };
    case "\x7f":
    case "\b":
      return { kind: "key", name: "backspace" };
  }
  const code = text.codePointAt(0) ?? 0;
  if (code >= 32) return { kind: "text", text };
  // Ctrl-A is 1.
  return { kind: "key", name: `ctrl-${String.fromCharCode(code + 96)}` };
}
