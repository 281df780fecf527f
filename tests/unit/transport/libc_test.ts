/**
 * What is left of libc once the permission is given back. In a process of its own, as nobody gets a permission back.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runFlags } from "../../../tools/permissions.ts";
import { skipLoudly, withoutLibc } from "./support.ts";

const transport = new URL("../../../src/transport/mod.ts", import.meta.url).href;
const root = fileURLToPath(new URL("../../../", import.meta.url));

Deno.test({
  name: "after the permission is given up, no thread can open a library, and open ones work",
  ignore: skipLoudly(withoutLibc),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(
        `${folder}/worker.ts`,
        `self.onmessage = () => {` +
          ` try { Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {}); self.postMessage("opened"); }` +
          ` catch (error) { self.postMessage(error.name); } };`,
      );
      await Deno.writeTextFile(
        `${folder}/main.ts`,
        `import { giveUpLibraries, libcPaths, listen, whoListens } from "${transport}";
const open = () => libcPaths.map((path) => {
  const symbols = { system: { parameters: ["buffer"], result: "i32" } };
  try { Deno.dlopen(path, symbols); return "opened"; } catch (error) { return error.name; }
});
const before = open().includes("opened");
giveUpLibraries();
const listener = listen({ address: "127.0.0.1", port: 0 });
listener.setTtlSecurityForAll(1);
listener.setMd5("192.0.2.1", "secret");
const who = whoListens("127.0.0.1", listener.port);
listener.close();
const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => {
  console.log(JSON.stringify({ before, after: [...new Set(open())], worker: data, finds: who?.includes(Deno.pid) }));
  Deno.exit(0);
};
worker.postMessage(null);
`,
      );
      const command = new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-check", "--config", `${root}deno.json`, ...runFlags, `${folder}/main.ts`],
        stdin: "null",
      });
      const { stdout, stderr } = await command.output();
      const text = new TextDecoder().decode(stdout);
      assert.ok(text.startsWith("{"), new TextDecoder().decode(stderr));
      assert.deepEqual(JSON.parse(text), { before: true, after: ["NotCapable"], worker: "NotCapable", finds: true });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
