/** The queries of examples/queries.sql, one by one. */

import { questionsOf } from "../../tools/reference/sql.ts";

export interface Query {
  readonly number: number;
  readonly title: string;
  /** One statement or more. */
  readonly statements: readonly string[];
  /** The title promises that no table is scanned. */
  readonly byIndex: boolean;
}

export async function readQueries(): Promise<Query[]> {
  const text = await Deno.readTextFile(new URL("../../examples/queries.sql", import.meta.url));
  return questionsOf(text).map(({ title, sql }) => {
    const [, number, words = ""] = /^(\d+)\. (.*)$/.exec(title)!;
    return {
      number: Number(number),
      title: words,
      statements: sql.split(/;\s*$/m).map((statement) => statement.trim()).filter((each) => each !== ""),
      byIndex: words.includes("(by index)"),
    };
  });
}
