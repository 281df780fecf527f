/** The example of alerts, and the table of kinds in docs/alerts.md. */
import assert from "node:assert/strict";
import { alertKinds, parseConfig } from "../../../../src/config/mod.ts";

const root = new URL("../../../../", import.meta.url);

Deno.test("examples/alerts.toml is right, without a warning, and has every kind", async () => {
  const result = parseConfig(await Deno.readTextFile(new URL("examples/alerts.toml", root)));
  assert.ok(result.kind === "config", JSON.stringify(result));
  assert.deepEqual(result.warnings, []);
  const kinds = new Set(result.config.alerts.map(({ kind }) => kind));
  assert.deepEqual([...kinds].toSorted(), [...alertKinds, "sql"].toSorted());
});

Deno.test("docs/alerts.md describes every kind", async () => {
  const page = await Deno.readTextFile(new URL("docs/alerts.md", root));
  for (const kind of alertKinds) assert.match(page, new RegExp(`^\\| \`${kind}\` \\|`, "m"));
});
