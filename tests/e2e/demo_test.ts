/** `deno task demo` from the first line to Ctrl-C. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { fromFileUrl } from "../support/files.ts";
import { Process, run } from "../support/process.ts";
import { demoTable } from "../../tools/demo_table.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));

Deno.test("the demo shows peers and routes, and goes without a trace", async () => {
  const demo = new Process(Deno.execPath(), { args: ["run", "-A", `${root}tools/demo.ts`] });
  try {
    const line = await demo.waitForLine(/sqlite3 -cmd/, 180_000);
    const said = demo.stdout.join("\n");
    for (
      const { address, asn, routes } of [
        { address: "127.0.0.2", asn: 64500, routes: 2250 },
        { address: "127.0.0.3", asn: 64501, routes: 2500 },
      ]
    ) {
      assert.match(said, new RegExp(`^ ?${address.replaceAll(".", "\\.")} .* ${asn} .*Established +${routes} `, "m"));
    }
    assert.match(said, /^127\.0\.0\.2\|[\d.]+\/\d+\|192\.0\.2\.1\|64500 /m);
    const path = /\S+bgpd\.db/.exec(line)![0];
    const page = await fetch(/http:\S+/.exec(said)![0]);
    assert.match(await page.text(), /<title>bgpd<\/title>/);
    const words = /(?<=deno\S* )task --quiet start top -d \S+/.exec(said)![0].split(" ");
    const top = await run(Deno.execPath(), [...words, "--once"], { cwd: root });
    assert.equal(top.code, 0, top.stderr);
    assert.match(top.stdout, /^ 127\.0\.0\.2 +64500 +Established +\S+ +2250 /m);
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const counted = database.prepare(
      "SELECT (SELECT count(*) FROM rib) AS rib, (SELECT count(*) FROM loc_rib) AS best",
    );
    assert.deepEqual({ ...counted.get() }, { rib: 4750, best: 2500 });
    database.close();
    demo.signal("SIGINT");
    assert.equal(await demo.end(), 0, demo.log());
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  } finally {
    await demo.stop();
  }
});

Deno.test("the table of the demo is what the tool writes", async () => {
  const unpacked = async (file: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(
      await new Response(new Blob([file]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer(),
    );
  const written = await Deno.readFile(`${root}examples/demo/table.mrt.gz`);
  assert.deepEqual(await unpacked(written), await unpacked(new Uint8Array(demoTable())));
});
