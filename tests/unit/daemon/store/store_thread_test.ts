/** The folders that the store thread may read and write. */

import { strict as assert } from "node:assert";
import { foldersOf } from "../../../../src/daemon/store/store_thread.ts";

Deno.test("A database without a folder in its name gives the store thread the current folder, and no other", () => {
  assert.deepEqual(foldersOf("no-such-file.db"), ["./"]);
});

Deno.test("A database gives the store thread its folder by name, and the folder behind a symbolic link", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${folder}/real`);
    await Deno.writeTextFile(`${folder}/real/bgpd.db`, "");
    await Deno.symlink(`${folder}/real/bgpd.db`, `${folder}/bgpd.db`);
    assert.deepEqual(foldersOf(`${folder}/bgpd.db`), [`${folder}/`, `${folder}/real/`]);
    assert.deepEqual(foldersOf(`${folder}/real/absent.db`), [`${folder}/real/`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
