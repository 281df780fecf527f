import assert from "node:assert/strict";
import { Configuration } from "../../../../src/daemon/config/configuration.ts";
import { configHead } from "../../../support/config_text.ts";

async function sentences(text: string, path = (folder: string) => `${folder}/bgpd.toml`): Promise<readonly string[]> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-configuration-" });
  try {
    await Deno.writeTextFile(`${folder}/bgpd.toml`, text.replace("FOLDER", folder));
    const loaded = await new Configuration(path(folder), () => []).load();
    return loaded.kind === "refused" ? loaded.lines.map((line) => line.replaceAll(folder, "")) : [];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const head = configHead({ routerId: "192.0.2.1" });

Deno.test("database must not name the configuration: bgpd would rename it as a damaged database", async () => {
  assert.deepEqual(await sentences(`${head}database = "FOLDER/bgpd.toml"\n`), [
    "database is /bgpd.toml, the configuration file itself: name another file",
  ]);
  assert.deepEqual(await sentences(`${head}database = "FOLDER/bgpd.db"\n`), []);
});

Deno.test("an unreadable configuration is refused with the reason", async () => {
  assert.deepEqual(await sentences(head, (folder) => folder), ["cannot read : it is a folder, not a file"]);
});
