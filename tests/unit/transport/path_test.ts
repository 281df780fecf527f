import assert from "node:assert/strict";
import fc from "fast-check";
import * as node from "node:path";
import * as path from "../../../src/transport/path.ts";

const names = fc.array(fc.constantFrom("", ".", "..", "a", "b", "bgpd.db", "a b", "ü"), { minLength: 1, maxLength: 6 });
const paths = names.map((list) => list.join("/").replaceAll(/\/+/g, "/"));

Deno.test("paths are those of node:path", () => {
  fc.assert(
    fc.property(paths, paths, (one, two) => {
      assert.equal(path.resolve(one), node.resolve(one), "resolve");
      assert.equal(path.resolve(one, two), node.resolve(one, two), "resolve");
      assert.equal(path.isAbsolute(one), node.isAbsolute(one), "isAbsolute");
      assert.equal(path.dirname(one), node.dirname(one), "dirname");
      assert.equal(path.basename(one), node.basename(one), "basename");
      assert.equal(path.relative(one, two), node.relative(one, two), "relative");
    }),
    { numRuns: 2000 },
  );
});
