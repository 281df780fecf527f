import assert from "node:assert/strict";
import { readConfigFiles, readConfigFilesSync } from "../../../src/control/config_files.ts";

Deno.test("an included pipe is refused and not waited for", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/bgpd.toml`, 'include = ["pipe.toml"]\n');
    await new Deno.Command("mkfifo", { args: [`${folder}/pipe.toml`] }).output();
    const path = `${folder}/bgpd.toml`;
    for (const read of [await readConfigFiles(path), readConfigFilesSync(path)]) {
      assert.ok(read.kind === "files");
      assert.deepEqual(read.files.errors.map(({ message }) => message), [
        `cannot read ${folder}/pipe.toml: it is not a file; correct include`,
      ]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
