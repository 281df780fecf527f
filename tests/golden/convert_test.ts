/**
 * Configurations of BIRD, FRR and ExaBGP as people write them, and what `bgpd convert` makes of each: the configuration
 * beside it, and what was left out. `deno test -P tests/golden -- --update` writes both anew.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parseConfig } from "../../src/config/mod.ts";
import { type Conversion, convertBird, convertExabgp, convertFrr } from "../../src/control/convert/mod.ts";

const folder = fileURLToPath(new URL("convert/", import.meta.url));
const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".conf")).toSorted();

export function conversionOf(name: string, text: string): Conversion {
  if (name.startsWith("exabgp")) return convertExabgp({ name, text }, { secretsFolder: "secrets" });
  if (name.startsWith("frr")) return convertFrr({ name, text }, { secretsFolder: "secrets" });
  return convertBird({ name, text }, { secretsFolder: "secrets", readIncluded: () => "there is no such file" });
}

for (const name of names) {
  Deno.test(`the conversion of ${name}`, () => {
    const { text, leftOut, secrets } = conversionOf(name, Deno.readTextFileSync(folder + name));
    const result = parseConfig(text);
    assert.deepEqual(result.kind === "errors" ? result.errors : [], []);
    for (const { secret } of secrets) assert.ok(!text.includes(secret), "a secret is in the output");
    const wanted = {
      toml: folder + name.replace(/conf$/, "toml"),
      notes: folder + name.replace(/conf$/, "left_out.txt"),
    };
    const notes = leftOut.map((line) => `${line}\n`).join("");
    if (Deno.args.includes("--update")) {
      Deno.writeTextFileSync(wanted.toml, text);
      Deno.writeTextFileSync(wanted.notes, notes);
    }
    assert.equal(text, Deno.readTextFileSync(wanted.toml));
    assert.equal(notes, Deno.readTextFileSync(wanted.notes));
  });
}
