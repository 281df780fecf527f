/** The man pages in the programs that format them. */
import assert from "node:assert/strict";
import { fromFileUrl } from "../support/files.ts";
import { missingPrograms, peersRequired } from "./peers/mod.ts";

const folder = fromFileUrl(new URL("../../docs/man/", import.meta.url));
const title = "mandoc has nothing to say against a man page";
const missing = missingPrograms(["mandoc"]);
if (missing.length > 0) console.error(`SKIPPED: ${title}: not installed: ${missing.join(", ")}`);

Deno.test({
  name: title,
  ignore: missing.length > 0 && !peersRequired,
  fn: async () => {
    assert.deepEqual(missing, [], "mandoc is required here");
    let pages = 0;
    for await (const { name } of Deno.readDir(folder)) {
      const { stdout } = await new Deno.Command("mandoc", { args: ["-T", "lint", "-W", "style", folder + name] })
        .output();
      assert.equal(new TextDecoder().decode(stdout), "");
      pages++;
    }
    assert.ok(pages > 0);
  },
});
