import assert from "node:assert/strict";
import { join } from "node:path";
import { bundle, workersOf } from "../../../tools/bundle.ts";
import { compile, denoVersion, launcher } from "../../../tools/compile.ts";

/** A project as small as can be that has what bgpd has: a worker, a text asset, and a process id to ask for. */
async function project(): Promise<string> {
  // A space and a quote in the path, because people have such folders.
  const root = await Deno.makeTempDir({ prefix: "bgpd it's a test " });
  await Deno.mkdir(join(root, "src", "daemon"), { recursive: true });
  const write = (path: string, text: string) => Deno.writeTextFile(join(root, path), text);
  await write("deno.json", `{ "name": "x" }`);
  await write("deno.lock", `{ "version": "5" }`);
  await write(
    "main.ts",
    `import text from "./src/daemon/asset.sql" with { type: "text" };
     import { start } from "./src/daemon/mod.ts";
     const worker = await start();
     let env = "granted";
     try { env = Deno.env.get("HOME") ?? "hidden"; } catch { env = "denied"; }
     const run = (await Deno.permissions.query({ name: "run" })).state;
     console.log(JSON.stringify({ text, worker, pid: Deno.pid, cwd: Deno.cwd(), args: Deno.args, env, run }));
     if (Deno.args[0] === "fail") Deno.exit(7);`,
  );
  await write("src/daemon/asset.sql", "SELECT 1");
  await write(
    "src/daemon/mod.ts",
    `export function start(): Promise<string> {
       const worker = new Worker(new URL("./rib_worker.ts", import.meta.url), { type: "module" });
       return new Promise((resolve) => worker.onmessage = (event) => { worker.terminate(); resolve(event.data); });
     }`,
  );
  await write("src/daemon/rib_worker.ts", `self.postMessage("from the worker");`);
  return root;
}

async function run(path: string, args: string[], cwd: string) {
  const child = new Deno.Command(path, { args, cwd, stdout: "piped", stderr: "piped" }).spawn();
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder().decode(stdout);
  return { code, pid: child.pid, stderr: new TextDecoder().decode(stderr), seen: JSON.parse(text || "null") };
}

Deno.test("compile writes something that runs anywhere, with its worker, asset, arguments and exit code", async () => {
  const root = await project();
  const elsewhere = await Deno.makeTempDir();
  try {
    const output = join(root, "bgpd");
    const before = Date.now();
    const compiled = await compile({ root, output });
    assert.notEqual(compiled.kind, "failed", JSON.stringify(compiled));
    // Its time is that of the source that it has: what is saved while it compiles is newer.
    assert.ok(Math.abs((await Deno.stat(output)).mtime!.getTime() - before) < 100);
    const { code, pid, seen, stderr } = await run(output, ["fail", "a b", "$HOME"], elsewhere);
    assert.equal(code, 7, stderr);
    assert.equal(seen.text, "SELECT 1");
    assert.equal(seen.worker, "from the worker");
    assert.deepEqual(seen.args, ["fail", "a b", "$HOME"]);
    assert.equal(await Deno.realPath(seen.cwd), await Deno.realPath(elsewhere));
    // The process started is the daemon itself, so a signal reaches it.
    assert.equal(seen.pid, pid);
    // Narrow: other variables look unset, and starting programs is not granted.
    assert.equal(seen.env, "hidden");
    assert.notEqual(seen.run, "granted");

    // Reached through a symbolic link, as in /usr/local/bin.
    await Deno.symlink(output, join(elsewhere, "link"));
    assert.equal((await run(join(elsewhere, "link"), [], elsewhere)).seen.worker, "from the worker");
  } finally {
    await Deno.remove(root, { recursive: true });
    await Deno.remove(elsewhere, { recursive: true });
  }
});

Deno.test("a program that runs while it is compiled anew still finds the parts that it loads late", async () => {
  const root = await project();
  const program = join(root, "build", "program");
  const parts = async () => (await Array.fromAsync(Deno.readDir(program))).map(({ name }) => name).sort();
  const build = async (text: string) => {
    await Deno.writeTextFile(join(root, "late.ts"), `export const late = "${text}";`);
    const bundled = await bundle({ root, output: program });
    assert.equal(bundled.kind, "bundled", JSON.stringify(bundled));
    return await parts();
  };
  try {
    await Deno.writeTextFile(join(root, "main.ts"), `await import("./late.ts"); await import("./src/daemon/mod.ts");`);
    const first = await build("first");
    const second = await build("second");
    assert.deepEqual(first.filter((name) => !second.includes(name)), []);
    assert.equal(second.length, first.length + 1, second.join(" "));

    // Not for ever: the oldest go when all take too much room.
    const old = first.find((name) => name.startsWith("late"))!;
    await Deno.truncate(join(program, old), 33 * 2 ** 20);
    await Deno.utime(join(program, old), 0, 0);
    const third = await build("third");
    assert.deepEqual(third.filter((name) => second.includes(name)), second.filter((name) => name !== old));
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("compile honours DENORT_BIN", async () => {
  const root = await project();
  try {
    await Deno.writeTextFile(join(root, "late.ts"), `export const late = "loaded late";`);
    await Deno.writeTextFile(
      join(root, "src", "daemon", "mod.ts"),
      `
      new Worker(new URL("./rib_worker.ts", import.meta.url), { type: "module" });
      console.log((await import("../../late.ts")).late);`,
    );
    await Deno.writeTextFile(join(root, "main.ts"), `await import("./src/daemon/mod.ts");`);
    // Any ELF program can carry the payload; this one does nothing with it.
    const output = join(root, "bgpd");
    const compiled = await compile({ root, output, env: { DENORT_BIN: await Deno.realPath("/bin/true") } });
    assert.deepEqual(compiled, { kind: "executable" });
    const [stub, written] = [await Deno.stat("/bin/true"), await Deno.stat(output)];
    assert.ok(written.size > stub.size, "the stub carries a payload");
    const octets = await Deno.readFile(output);
    assert.equal(octets.subarray(0, 4).join(), "127,69,76,70");
    // Workers and what is imported late are in it, too.
    const text = new TextDecoder("latin1").decode(octets);
    for (const content of ["from the worker", "loaded late"]) assert.ok(text.includes(content), content);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("without the bundler, compile writes a launcher that runs the source", async () => {
  const root = await project();
  try {
    const output = join(root, "bgpd");
    // A folder for downloads that nobody, not even root, can make.
    const compiled = await compile({
      root,
      output,
      env: { DENO_DIR: "/dev/null", NPM_CONFIG_REGISTRY: "http://[::1]:9" },
    });
    assert.equal(compiled.kind === "launcher" && !compiled.isBundled, true, JSON.stringify(compiled));
    assert.equal((await run(output, [], root)).seen.worker, "from the worker");
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("compile fails, and writes nothing, where the source is wrong", async () => {
  const root = await project();
  try {
    await Deno.writeTextFile(join(root, "main.ts"), `import "./absent.ts";`);
    const output = join(root, "bgpd");
    const compiled = await compile({ root, output });
    assert.equal(compiled.kind, "failed");
    await assert.rejects(Deno.stat(output), Deno.errors.NotFound);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("the launcher falls back to npx, and says so in one sentence where that is missing too", async () => {
  const root = await project();
  const bin = await Deno.makeTempDir();
  try {
    const output = join(root, "bgpd");
    await Deno.writeTextFile(output, launcher({ deno: "/nonexistent/deno", root: undefined, isBundled: false }));
    await Deno.chmod(output, 0o755);
    for (const tool of ["dirname", "readlink"]) await Deno.symlink(`/usr/bin/${tool}`, join(bin, tool));
    const start = () =>
      new Deno.Command("/bin/sh", { args: [output], env: { PATH: bin }, stdout: "piped", stderr: "piped" }).output();

    const without = await start();
    assert.equal(without.code, 1);
    assert.match(new TextDecoder().decode(without.stderr), /^bgpd: neither deno nor npx found.*\n$/);

    // An npx of our own that only answers where its Deno stands.
    const npx = `#!/bin/sh\n[ "$2" = deno@${denoVersion} ] && echo '${Deno.execPath()}'\n`;
    await Deno.writeTextFile(join(bin, "npx"), npx, { mode: 0o755 });
    const withNpx = await start();
    assert.equal(withNpx.code, 0, new TextDecoder().decode(withNpx.stderr));
    assert.match(new TextDecoder().decode(withNpx.stdout), /from the worker/);
  } finally {
    await Deno.remove(root, { recursive: true });
    await Deno.remove(bin, { recursive: true });
  }
});

Deno.test("a launcher whose scripts are gone says what to do", async () => {
  const root = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    const output = join(root, "bgpd");
    await Deno.writeTextFile(output, launcher({ deno: Deno.execPath(), root: undefined, isBundled: true }));
    const { code, stderr } = await new Deno.Command("/bin/sh", { args: [output] }).output();
    assert.equal(code, 1);
    assert.equal(
      new TextDecoder().decode(stderr),
      `bgpd: ${root}/build/program is missing: run deno task compile\n`,
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("the modules started as workers are found", async () => {
  const root = await project();
  try {
    assert.deepEqual(await workersOf(join(root, "src")), [join(root, "src/daemon/rib_worker.ts")]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
