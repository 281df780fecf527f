/** A reference page as Markdown. */

import type { Block } from "./document.ts";

/** `level`: how many `#` a chapter has. Ends with a line break. */
export function toMarkdown(blocks: readonly Block[], level = 2): string {
  return blocks.map((block) => blockText(block, level)).join("\n");
}

function blockText(block: Block, level: number): string {
  switch (block.kind) {
    case "heading":
      return `${"#".repeat(level + block.level - 1)} ${block.text}\n`;
    case "paragraph":
      return `${escaped(block.text)}\n`;
    case "code":
      return `${block.testedBy === undefined ? "" : `<!-- not run: ${block.testedBy} runs it -->\n`}` +
        `\`\`\`${block.language}\n${block.text}\n\`\`\`\n`;
    case "examples":
      return `\`\`\`sh\n${block.items.map(([line, doc]) => `# ${doc}\n${line}`).join("\n")}\n\`\`\`\n`;
    case "definitions":
      return [
        `| ${block.head.join(" | ")} |`,
        "|---|---|",
        ...block.items.map(({ term, texts }) => `| ${cell(`\`${term}\``)} | ${texts.map(cell).join("<br>")} |`),
        "",
      ].join("\n");
  }
}

/** A pipe ends a cell, also within code. */
function cell(text: string): string {
  return escaped(text).replaceAll("|", "\\|");
}

/** Outside of code, `<` would begin HTML, and `*` or `_` at the edge of a word emphasis. */
function escaped(text: string): string {
  return text.split(/(`[^`]*`)/).map((piece, i) =>
    i % 2 === 1 ? piece : piece.replaceAll("<", "&lt;").replace(/\*|(?<!\w)_|_(?!\w)/g, "\\$&")
  ).join("");
}
