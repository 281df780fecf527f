import assert from "node:assert/strict";
import { permissionFlags } from "../../../../tools/permissions.ts";
import { parseConfig } from "../../../../src/config/mod.ts";
import { shortConfiguration } from "../../../../tools/reference/man_pages.ts";
import { variables } from "../../../../tools/reference/environment.ts";

Deno.test("the man page lists every environment variable that bgpd may read", () => {
  const allowed = permissionFlags.find((flag) => flag.startsWith("--allow-env="))!.slice("--allow-env=".length);
  const listed = variables.flatMap(({ term }) => term.split(", "));
  assert.deepEqual(listed.toSorted(), allowed.split(",").toSorted(), "add it to tools/reference/environment.ts");
});

Deno.test("bgpd takes the configuration that bgpd.toml(5) shows", () => {
  assert.equal(parseConfig(shortConfiguration).kind, "config");
});
