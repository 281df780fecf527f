/** The TOML file as tables with comments, and its text. */

/** What a key of the configuration may have. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** A table of the file: `[[peers]]`, `[[policies.rules]]`, or the top level (`header` is empty). */
export class Table {
  readonly header: string;
  readonly comments: string[];
  readonly keys: Map<string, Value>;
  children: Table[] = [];
  /** The table stands in the file as comments only. */
  isCommentedOut = false;

  constructor(header: string, keys: Iterable<readonly [string, Value]> = [], comments: readonly string[] = []) {
    this.header = header;
    this.keys = new Map(keys);
    this.comments = [...comments];
  }
}

export interface Section {
  readonly title: string;
  readonly tables: Table[];
}

export interface Document {
  /** Comments at the top of the file. */
  readonly head: readonly string[];
  readonly top: Table;
  readonly sections: readonly Section[];
}

/** What stands on a line of the text. */
export interface Owner {
  readonly table: Table;
  /** The table above, for a table of rules. */
  readonly parent?: Table;
  readonly key?: string;
}

const width = 120;

class Writer {
  readonly lines: string[] = [];
  readonly owners: (Owner | undefined)[] = [];

  line(text: string, owner?: Owner): void {
    const isComment = owner?.table.isCommentedOut === true || owner?.parent?.isCommentedOut === true;
    for (const part of text.split("\n")) {
      this.lines.push(isComment ? `# ${part}` : part);
      this.owners.push(owner);
    }
  }

  comment(text: string): void {
    for (const part of wrapped(printableLine(text), width - 2)) this.line(part === "" ? "#" : `# ${part}`);
  }

  gap(): void {
    if (this.lines.length > 0 && this.lines.at(-1) !== "") this.line("");
  }

  table(table: Table, parent?: Table): void {
    const owner = parent === undefined ? { table } : { table, parent };
    for (const text of table.comments) this.comment(text);
    if (table.header !== "") this.line(`[[${table.header}]]`, owner);
    for (const [key, value] of table.keys) {
      const text = valueText(value, width - key.length - 3 - (table.isCommentedOut ? 2 : 0));
      this.line(`${keyText(key)} = ${text}`, { ...owner, key });
    }
    for (const child of table.children) this.table(child, table);
  }
}

/** The text, and for each of its lines what stands there. */
export function render({ head, top, sections }: Document): { text: string; owners: readonly (Owner | undefined)[] } {
  const writer = new Writer();
  for (const text of head) writer.comment(text);
  writer.gap();
  writer.table(top);
  for (const { title, tables } of sections) {
    if (tables.length === 0) continue;
    writer.gap();
    writer.line(`# --- ${title} `.padEnd(width, "-"));
    for (const table of tables) {
      writer.gap();
      writer.table(table);
    }
  }
  return { text: writer.lines.join("\n") + "\n", owners: writer.owners };
}

/** Without characters that would end the comment or change the terminal. */
function printableLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]|\p{Cs}/gu, " ");
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = "  " + word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A list that is wider than `columns` has a line for each few of its items. */
function valueText(value: Value, columns: number): string {
  const text = inlineText(value);
  if (text.length <= columns) return text;
  if (isList(value)) return listText(value);
  if (typeof value !== "object") return text;
  // A table in one line may still have lists of several lines.
  const entries = Object.entries(value).map(([key, item]) =>
    `${keyText(key)} = ${isList(item) && inlineText(item).length > 60 ? listText(item) : inlineText(item)}`
  );
  return `{ ${entries.join(", ")} }`;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function listText(items: readonly Value[]): string {
  const lines: string[] = [];
  let line = " ";
  for (const item of items) {
    const text = ` ${inlineText(item)},`;
    if (line.length > 1 && line.length + text.length > width) {
      lines.push(line);
      line = " ";
    }
    line += text;
  }
  return ["[", ...lines, line, "]"].join("\n");
}

function inlineText(value: Value): string {
  if (isList(value)) return `[${value.map(inlineText).join(", ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).map(([key, item]) => `${keyText(key)} = ${inlineText(item)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  // A JSON string is a TOML string, except for the one control character that JSON does not escape.
  return typeof value === "string" ? JSON.stringify(value.toWellFormed()).replaceAll("\x7f", "\\u007f") : String(value);
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : inlineText(key);
}
