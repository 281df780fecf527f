/** Paths of archive files. */
import assert from "node:assert/strict";
import { pathAt, rootOf, timeOf } from "../../../../src/daemon/archives/archive_path.ts";

const at = Date.UTC(2026, 1, 3, 4, 5, 6);

Deno.test("fields of a path are those of strftime, in UTC", () => {
  assert.equal(pathAt("/srv/%Y.%m/u.%Y%m%d.%H%M%S.gz", at), "/srv/2026.02/u.20260203.040506.gz");
  assert.equal(pathAt("u.%Y.%j.%s.100%%", at), `u.2026.034.${at / 1000}.100%`);
});

Deno.test("a path says its time, and other files are none of the archive", () => {
  const pattern = "/srv/%Y.%m/u.%Y%m%d.%H%M.gz";
  assert.equal(timeOf(pattern, "/srv/2026.02/u.20260203.0405.gz"), Date.UTC(2026, 1, 3, 4, 5));
  for (
    const other of [
      "/srv/2026.02/u.20260303.0405.gz",
      "/srv/2026.02/u.20260231.0405.gz",
      "/srv/2026.02/u.20260203.0405.gz.part",
      "/srv/2026.02/u.20260203.0405xgz",
      "/srv/2026.02/notes.txt",
    ]
  ) assert.equal(timeOf(pattern, other), undefined, other);
  assert.equal(timeOf("u.%Y.%j", "u.2026.034"), Date.UTC(2026, 1, 3));
  assert.equal(timeOf("u.%s.zst", `u.${at / 1000}.zst`), at);
});

Deno.test("the folder of an archive is what stands before its first field", () => {
  assert.equal(rootOf("/srv/mrt/%Y.%m/u.%s"), "/srv/mrt/");
  assert.equal(rootOf("mrt/u.%s"), "mrt/");
  assert.equal(rootOf("u.%s"), "./");
});
