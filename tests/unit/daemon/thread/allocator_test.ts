import assert from "node:assert/strict";

/** In a process of its own: it lasts as long as that. */
async function keepMemoryTight(...permissions: string[]): Promise<string> {
  const module = new URL("../../../../src/daemon/thread/allocator.ts", import.meta.url).href;
  const code = `import { keepMemoryTight } from ${JSON.stringify(module)};
console.log(keepMemoryTight());`;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/main.ts`, code);
    const config = new URL("../../../../deno.json", import.meta.url).pathname;
    const args = [
      "run",
      "--quiet",
      "--no-prompt",
      "--no-check",
      "--config",
      config,
      ...permissions,
      `${folder}/main.ts`,
    ];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("glibc accepts the settings; without the permission bgpd sets nothing, and nobody is prompted", async () => {
  assert.equal(await keepMemoryTight("--allow-ffi"), String(await isGlibc()));
  assert.equal(await keepMemoryTight(), "false");
});

async function isGlibc(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const { stdout } = await new Deno.Command("getconf", { args: ["GNU_LIBC_VERSION"], stderr: "null" }).output();
  return new TextDecoder().decode(stdout).startsWith("glibc");
}
