/** Tables and views of the database with the meaning of each column, from src/store/schema.sql and its comments. */

import schema from "../../src/store/schema.sql" with { type: "text" };
import { readSchemaComments, type SchemaComment } from "../../src/store/read/schema_comments.ts";
import { Database } from "../../src/store/sqlite.ts";

export interface SchemaObject {
  readonly kind: "table" | "view";
  readonly name: string;
  /** What it holds, for people who query it. */
  readonly about: string;
  readonly columns: readonly Column[];
}

export interface Column {
  readonly name: string;
  /** Of a view: empty. */
  readonly type: string;
  readonly meaning: string;
}

/** Throws if a column has no meaning, or a meaning no column. */
export function schemaObjects(text: string = schema): SchemaObject[] {
  using db = new Memory(text);
  const comments = readSchemaComments(text);
  return [...comments].map(([name, { kind, about, meanings, base }]): SchemaObject => {
    const columns = db.columns(name).map(([column, type]) => {
      const meaning = meanings.get(column) ?? meaningIn(base, column, comments);
      if (meaning === undefined) throw new Error(`schema.sql: the comment above ${name} lacks a line for ${column}`);
      return { name: column, type, meaning };
    });
    const extra = [...meanings.keys()].find((column) => !columns.some((each) => each.name === column));
    if (extra !== undefined) throw new Error(`schema.sql: the comment above ${name} has a line for ${extra}`);
    return { kind, name, about, columns };
  });
}

/** The meaning of a column that a view has from another one. */
function meaningIn(base: string, column: string, comments: ReadonlyMap<string, SchemaComment>): string | undefined {
  const comment = comments.get(base);
  return comment && (comment.meanings.get(column) ?? meaningIn(comment.base, column, comments));
}

/** The schema in a database without a file. */
class Memory implements Disposable {
  readonly #db = new Database(":memory:");

  constructor(text: string) {
    this.#db.exec(text);
  }

  columns(name: string): [name: string, type: string][] {
    const rows = this.#db.prepare(`SELECT name, type FROM pragma_table_info('${name}')`).all();
    return rows.map(([column, type]) => [String(column), String(type)]);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
