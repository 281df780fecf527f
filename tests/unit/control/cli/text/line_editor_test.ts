/** Keys of a terminal, and editing a line with them. */
import assert from "node:assert/strict";
import { parseKeys } from "../../../../../src/control/cli/text/keys.ts";
import {
  completeWord,
  drawLine,
  type Line,
  newLine,
  pressKey,
} from "../../../../../src/control/cli/text/line_editor.ts";

/** The line after some input; `|` marks the cursor. */
function typed(input: string, history: readonly string[] = []): string {
  const line = lineAfter(input, newLine(history));
  return `${line.text.slice(0, line.cursor)}|${line.text.slice(line.cursor)}`;
}

function lineAfter(input: string, start: Line): Line {
  return parseKeys(input).reduce((line, key) => {
    const result = pressKey(line, key);
    return result.kind === "edit" ? result.line : line;
  }, start);
}

Deno.test("keys: characters, controls and sequences, also those that no command knows", () => {
  const names = (input: string) => parseKeys(input).map((key) => key.kind === "text" ? key.text : `<${key.name}>`);
  assert.deepEqual(names("aß😀"), ["a", "ß", "😀"]);
  assert.deepEqual(names("\x01\x1b[A\x1bOB\x1b[3~\x1b[1;5D\x7f\r\t"), [
    "<ctrl-a>",
    "<up>",
    "<down>",
    "<delete>",
    "<wordLeft>",
    "<backspace>",
    "<enter>",
    "<tab>",
  ]);
  assert.deepEqual(names("\x1b"), ["<escape>"]);
  assert.deepEqual(names("\x1b[200~x"), ["<unknown>", "x"]);
});

Deno.test("line editor: moving and deleting", () => {
  assert.equal(typed("select 1"), "select 1|");
  assert.equal(typed("elect\x01s\x05 1"), "select 1|");
  assert.equal(typed("one two three\x17\x17"), "one |");
  assert.equal(typed("one two\x1b[1;5D"), "one |two");
  assert.equal(typed("one two\x01\x1b[1;5C\x0b"), "one|");
  assert.equal(typed("one two\x1b[D\x15"), "|o");
  assert.equal(typed("a😀\x1b[D\x1b[D\x1b[3~"), "|😀");
  assert.equal(typed("a😀\x7f"), "a|");
  assert.equal(typed("\x7f\x1b[D\x1b[C\x17\x1b[3~"), "|");
});

Deno.test("line editor: the history, and the draft after it", () => {
  const history = ["first", "second"];
  assert.equal(typed("dra\x1b[A", history), "second|");
  assert.equal(typed("dra\x1b[A\x1b[A\x1b[A", history), "first|");
  assert.equal(typed("dra\x1b[A\x1b[A\x1b[B\x1b[B\x1b[Bft", history), "draft|");
});

Deno.test("line editor: Ctrl-R searches the history backwards", () => {
  const history = ["select a from rib", "select b from rib", "select c from loc_rib"];
  assert.equal(typed("\x12rib", history), "select c from loc_|rib");
  assert.equal(typed("\x12from rib", history), "select b |from rib");
  assert.equal(typed("\x12from rib\x12", history), "select a |from rib");
  assert.equal(typed("\x12from rib\x12\x05!", history), "select a from rib!|");
  assert.equal(typed("old\x12rib\x1b", history), "|");
  assert.equal(lineAfter("\x12nowhere", newLine(history)).search, "nowhere");
});

Deno.test("line editor: Enter, Ctrl-C and Ctrl-D end a line", () => {
  const last = (text: string, input: string) =>
    pressKey({ ...newLine([]), text, cursor: text.length }, parseKeys(input)[0]!);
  assert.deepEqual(last("x", "\r"), { kind: "submit", text: "x" });
  assert.equal(last("x", "\x03").kind, "drop");
  assert.equal(last("", "\x04").kind, "end");
  assert.equal(last("x", "\x04").kind, "edit");
});

Deno.test("line editor: Tab completes a word, adds what candidates have in common, or shows them", () => {
  const words = [".tables", "peer", "peer_as", "peer_status", "rib", "SELECT"];
  const complete = (text: string, cursor = text.length) => {
    const { line, choices } = completeWord({ ...newLine([]), text, cursor }, words);
    return [`${line.text.slice(0, line.cursor)}|${line.text.slice(line.cursor)}`, choices.join(" ")];
  };
  assert.deepEqual(complete("sel"), ["SELECT |", ""]);
  assert.deepEqual(complete("SELECT pe FROM", 9), ["SELECT peer| FROM", ""]);
  assert.deepEqual(complete("SELECT peer"), ["SELECT peer|", "peer peer_as peer_status"]);
  assert.deepEqual(complete("peer_s"), ["peer_status |", ""]);
  assert.deepEqual(complete(".ta"), [".tables |", ""]);
  assert.deepEqual(complete("nothing"), ["nothing|", ""]);
  assert.deepEqual(complete("SELECT "), ["SELECT |", ""]);
});

Deno.test("a line that is longer than the terminal wraps, and the cursor finds its row", () => {
  const line = { ...newLine([]), text: "0123456789", cursor: 10 };
  assert.deepEqual(drawLine(line, "> ", 80, { row: 0 }), {
    text: "\r\x1b[J> 0123456789\r\x1b[12C",
    drawn: { row: 0 },
  });
  assert.deepEqual(drawLine(line, "> ", 8, { row: 0 }), { text: "\r\x1b[J> 0123456789\r\x1b[4C", drawn: { row: 1 } });
  // The cursor goes from the second row to the first.
  assert.deepEqual(drawLine({ ...line, cursor: 0 }, "> ", 8, { row: 1 }), {
    text: "\x1b[1A\r\x1b[J> 0123456789\x1b[1A\r\x1b[2C",
    drawn: { row: 0 },
  });
  // The text fills the row: the cursor stands at the beginning of the next one.
  assert.deepEqual(drawLine(line, "> ", 12, { row: 0 }), { text: "\r\x1b[J> 0123456789\n\r", drawn: { row: 1 } });
  // A Chinese character takes two columns, and none is cut at the end of a row; an accent takes none.
  const wide = lineAfter("a中e\u0301中", newLine([]));
  assert.deepEqual(drawLine(wide, "> ", 80, { row: 0 }), {
    text: "\r\x1b[J> a中e\u0301中\r\x1b[8C",
    drawn: { row: 0 },
  });
  assert.deepEqual(drawLine(wide, "> ", 7, { row: 0 }), {
    text: "\r\x1b[J> a中e\u0301中\r\x1b[2C",
    drawn: { row: 1 },
  });
});
