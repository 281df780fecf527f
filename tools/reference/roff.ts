/** A reference page as a man page, in the macros of man(7), which both groff and mandoc format. */

import type { Block } from "./document.ts";

export interface ManPage {
  readonly name: string;
  readonly section: number;
  /** One line, which `apropos` and `whatis` show. */
  readonly about: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** The program and its version, in the footer. */
  readonly source: string;
  /** The line in the header. */
  readonly title: string;
  readonly blocks: readonly Block[];
}

export function toRoff({ name, section, about, date, source, title, blocks }: ManPage): string {
  const head = [name.toUpperCase(), String(section), date, source, title].map((word) => `"${plain(word)}"`).join(" ");
  const note = '.\\" Written by "deno task reference". Do not change this file by hand.';
  const lines = blocks.flatMap((block, i) => blockLines(block, blocks[i - 1]?.kind === "heading"));
  const nameLines = [".SH NAME", `${plain(name)} \\- ${plain(about)}`];
  return [note, `.TH ${head}`, ".nh", ".ad l", ...nameLines, ...lines].join("\n") + "\n";
}

/** `first`: the block follows a heading, which ends the paragraph before it. */
function blockLines(block: Block, first: boolean): string[] {
  switch (block.kind) {
    case "heading":
      return [block.level === 1 ? `.SH ${plain(block.text.toUpperCase())}` : `.SS ${plain(block.text)}`];
    case "paragraph":
      return [...first ? [] : [".PP"], ...textLines(block.text)];
    case "code":
      return [...first ? [] : [".PP"], ".RS 4", ".nf", ...block.text.split("\n").map(codeLine), ".fi", ".RE"];
    case "examples":
      return [
        ...first ? [] : [".PP"],
        "For example:",
        ...block.items.flatMap(([line, doc]) => [".TP", guarded(`\\fB${verbatim(line)}\\fR`), ...textLines(doc)]),
      ];
    case "definitions":
      return block.items.flatMap(({ term, texts }) => [
        ".TP",
        guarded(`\\fB${verbatim(term)}\\fR`),
        ...texts.flatMap((text, i) => [...i === 0 ? [] : [".br"], ...textLines(text)]),
      ]);
  }
}

const mostColumns = 78;

/** Lines of the source, a sentence or less on each. Code becomes bold. */
function textLines(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of wordsOf(text)) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (line !== "" && (joined.length > mostColumns || /[.!?]\)?$/.test(line))) {
      lines.push(guarded(line));
      line = word;
    } else line = joined;
  }
  return [...lines, guarded(line)];
}

/** The words of a text, with its code in bold. A blank within code stays in its word, so that no line ends there. */
function wordsOf(text: string): string[] {
  const pieces = text.split("`").map((piece, i) => {
    return i % 2 === 0 ? plain(piece) : `\\fB${verbatim(piece).replaceAll(" ", "\\ ")}\\fR`;
  });
  return pieces.join("").split(/(?<!\\) /).filter((word) => word !== "");
}

function codeLine(line: string): string {
  return line === "" ? "" : guarded(verbatim(line));
}

/** A line that begins with a dot or a quote would be a macro. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** Code: what people copy has the minus, the quote and the caret of the keyboard. */
function verbatim(text: string): string {
  return plain(text).replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("^", "\\(ha").replaceAll("~", "\\(ti")
    .replaceAll("`", "\\(ga");
}

function plain(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll('"', "\\(dq").replace(
    /\P{ASCII}/gu,
    (letter) => `\\[u${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`,
  );
}
