/** The page in a real browser: `page/visits.ts` says what it shows. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ensureBgpd } from "../support/bgpd.ts";
import { run } from "../support/process.ts";

Deno.test("the page shows every view, by keyboard, light and dark, wide and narrow, with its past", async () => {
  await ensureBgpd();
  const visits = fileURLToPath(new URL("page/visits.ts", import.meta.url));
  const { code, stdout, stderr } = await run(Deno.execPath(), ["run", "-A", "--no-check", "--quiet", visits]);
  // Without a browser it says so.
  if (stdout !== "") console.log(stdout.trimEnd());
  assert.equal(code, 0, stderr);
});
