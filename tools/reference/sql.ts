/** The database for people who query it: views, tables, functions and questions. */

import { sqlFunctions } from "../../src/store/mod.ts";
import { type Block, chapter, code, definitions, paragraph, part } from "./document.ts";
import { type SchemaObject, schemaObjects } from "./schema.ts";

/** The views first: their names and columns are stable. */
export function schemaBlocks(objects: readonly SchemaObject[] = schemaObjects()): Block[] {
  const blocks = (kind: SchemaObject["kind"]) => objects.filter((each) => each.kind === kind).flatMap(objectBlocks);
  return [
    chapter("Views"),
    paragraph(
      "The names and columns of the views are stable. Texts are as in the configuration. Times are ISO 8601 in UTC," +
        " except in columns that end in `_ms`.",
    ),
    ...blocks("view"),
    chapter("Tables"),
    paragraph(
      "A newer version of bgpd may change the tables, except `announcements`. Times are milliseconds since 1970" +
        " (UTC). Only `announcements` is for others to write.",
    ),
    ...blocks("table"),
    chapter("Functions"),
    paragraph("`bgpd sql` adds these functions to those of SQLite. They return NULL for a text of another form."),
    ...definitions(["function", "returns"], sqlFunctions.map(([term, returns]) => ({ term, texts: [returns] }))),
  ];
}

function objectBlocks({ name, about, columns }: SchemaObject): Block[] {
  return [
    part(name),
    paragraph(about),
    ...definitions(
      ["column", "meaning"],
      columns.map(({ name: term, meaning }) => ({ term, texts: [coded(meaning)] })),
    ),
  ];
}

/** A reference to a column of a table as code. */
function coded(meaning: string): string {
  return meaning.replace(/(?<!`)\b([a-z_]+\.(?:id|step|ended_by|ineligible))\b(?!`)/g, "`$1`");
}

export interface Question {
  readonly title: string;
  readonly sql: string;
}

/** The questions of examples/queries.sql, each with its number in front. */
export function questionsOf(text: string): Question[] {
  return text.split(/^(?=-- \d+\. )/m).slice(1).map((piece) => {
    const [title = "", ...lines] = piece.trimEnd().split("\n");
    return { title: title.slice(3), sql: lines.join("\n") };
  });
}

export function questionBlocks(text: string): Block[] {
  return [
    chapter("Questions"),
    paragraph(
      "Replace the example addresses, AS numbers and times. A time is in milliseconds:" +
        " `strftime('%s', 'now', '-10 minutes') * 1000` is ten minutes ago.",
    ),
    ...questionsOf(text).flatMap(({ title, sql }) => [paragraph(title), code("sql", sql)]),
  ];
}
