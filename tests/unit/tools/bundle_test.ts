import assert from "node:assert/strict";
import { bundle, withoutNodeRequire } from "../../../tools/bundle.ts";

const root = new URL("../../../", import.meta.url).pathname;

Deno.test("no script of bgpd starts the layer for Node before a library asks for it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    const output = `${folder}/program`;
    const bundled = await bundle({ root, output });
    // Where esbuild cannot be had, the launcher runs the source.
    if (bundled.kind === "unavailable") return;
    assert.equal(bundled.kind, "bundled", JSON.stringify(bundled));
    let lateRequires = 0;
    for await (const { name } of Deno.readDir(output)) {
      const text = await Deno.readTextFile(`${output}/${name}`);
      assert.doesNotMatch(text, /node:module/, name);
      if (text.includes("process.getBuiltinModule(")) lateRequires++;
    }
    // Of commander, in the part that main.js shares with others.
    assert.equal(lateRequires, 1);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-config", "--no-prompt", "--allow-env", "--allow-read", `${output}/main.js`, "--help"],
    }).output();
    assert.equal(code, 0);
    assert.match(new TextDecoder().decode(stdout), /^Usage: bgpd /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a script without require stays as it is", () => {
  assert.equal(
    withoutNodeRequire(`import {x} from "node:zlib";var a=x(1);`),
    `import {x} from "node:zlib";var a=x(1);`,
  );
});
