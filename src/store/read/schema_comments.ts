/** What the tables and views hold, and what their columns mean, from the comments of `schema.sql`. */

import schema from "../schema.sql" with { type: "text" };

export interface SchemaComment {
  readonly kind: "table" | "view";
  /** What it holds, for people who query it. */
  readonly about: string;
  /** The meaning of each column that has a line here. */
  readonly meanings: ReadonlyMap<string, string>;
  /** The table or view whose columns this one shows, too; or empty. */
  readonly base: string;
}

let known: ReadonlyMap<string, SchemaComment> | undefined;

/** The comments of the schema by name, in its order. */
export function schemaComments(): ReadonlyMap<string, SchemaComment> {
  return known ??= readSchemaComments(schema);
}

export function readSchemaComments(text: string): ReadonlyMap<string, SchemaComment> {
  const found = [...text.matchAll(/((?:^--.*\n)+)CREATE (TABLE|VIEW) (\w+)/gm)];
  return new Map(
    found.map((
      [, lines = "", word = "", name = ""],
    ) => [name, readComment(lines, word === "TABLE" ? "table" : "view")]),
  );
}

function readComment(lines: string, kind: SchemaComment["kind"]): SchemaComment {
  const about: string[] = [];
  const meanings = new Map<string, string>();
  let last = "";
  for (const line of lines.trimEnd().split("\n").map((each) => each.slice(3))) {
    const [, column, meaning] = /^ {2}(\w+): (.*)$/.exec(line) ?? [];
    if (column !== undefined && meaning !== undefined) meanings.set(last = column, meaning);
    else if (line.startsWith("    ")) meanings.set(last, `${meanings.get(last)} ${line.trim()}`);
    // What stands below the columns is for people who change bgpd.
    else if (meanings.size === 0) about.push(line);
  }
  const text = about.join(" ");
  const [, base = ""] = /The columns of `(\w+)`/.exec(text) ?? [];
  // Pages list these columns, too.
  return { kind, about: text.replace(/ ?The columns of `[^.:]*[.:]/, ""), meanings, base };
}
