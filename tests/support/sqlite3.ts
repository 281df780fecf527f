/** Debian's `sqlite3`, with which people query the database. */

/**
 * Runs SQL; rows as the command prints them. What begins with a dash, as a comment does, would be taken for an option.
 */
export async function sqlite3(path: string, sql: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sqlite3", {
    args: ["-cmd", ".timeout 5000", path, "\n" + sql],
  })
    .output();
  const decoder = new TextDecoder();
  if (!success || stderr.length > 0) throw new Error(`sqlite3: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trimEnd();
}

/** The steps of EXPLAIN QUERY PLAN, without the drawing around them. */
export async function queryPlan(path: string, sql: string): Promise<string[]> {
  return (await sqlite3(path, `EXPLAIN QUERY PLAN ${sql}`)).split("\n")
    .map((line) => line.replace(/^[|` -]+/, "").replace(/ \(~.*\)$/, ""));
}

/** False where it is not installed, and says so; an error where the tests must not be skipped. */
export function hasSqlite3(forWhat: string): boolean {
  try {
    new Deno.Command("sqlite3", { args: ["--version"] }).outputSync();
    return true;
  } catch {
    if (Deno.env.get("BGPD_REQUIRE_PEERS") === "1") throw new Error("sqlite3 is required and not installed");
    console.log(`SKIPPED: sqlite3 is not installed, so ${forWhat}`);
    return false;
  }
}
