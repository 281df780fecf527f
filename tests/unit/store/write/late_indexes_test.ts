/** The page cache is small while a first table arrives, and has its full size once the indexes are there. */
import assert from "node:assert/strict";
import { Database } from "../../../../src/store/sqlite.ts";
import { LateIndexes } from "../../../../src/store/write/late_indexes.ts";
import { migrate } from "../../../../src/store/write/migrate.ts";

Deno.test("the page cache follows the indexes: small without them, large with them, small again without", () => {
  const db = new Database(":memory:");
  try {
    migrate(db, () => {});
    const indexes = new LateIndexes(db);
    const cacheKib = () => -Number(db.value("PRAGMA cache_size"));
    db.exec(indexes.pragmas);
    assert.deepEqual([indexes.areMissing, cacheKib()], [true, 2_000]);
    indexes.buildAll();
    assert.deepEqual([indexes.areMissing, cacheKib()], [false, 8_000]);
    // A run that finds the indexes of the run before has the large cache from its first row on.
    db.exec("PRAGMA cache_size = -1");
    db.exec(indexes.pragmas);
    assert.equal(cacheKib(), 8_000);
    indexes.drop();
    assert.deepEqual([indexes.areMissing, cacheKib()], [true, 2_000]);
  } finally {
    db.close();
  }
});
