import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { niceness } from "../../../../src/daemon/thread/priority.ts";

/** What a worker finds after it went first: with the length of its turns, which a program that it starts inherits. */
async function takePrecedenceInWorker(): Promise<{ may: boolean; short: boolean; niceness: number; turn: string }> {
  const module = new URL("../../../../src/daemon/thread/priority.ts", import.meta.url).href;
  const code = `import { getPriority } from "node:os"; import { takePrecedence, useShortSlices } from ${
    JSON.stringify(module)
  };
const may = takePrecedence(), short = useShortSlices();
const args = ["-h", "se.slice", "/proc/self/sched"];
const { stdout } = new Deno.Command("grep", { args, stderr: "null" }).outputSync();
self.postMessage({ may, short, niceness: getPriority(0), turn: new TextDecoder().decode(stdout) });`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(code)}`, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => reject(event.error);
    });
  } finally {
    worker.terminate();
  }
}

Deno.test("a thread raises its priority where it may; the thread that started it keeps its own", async () => {
  const before = getPriority(0);
  const found = await takePrecedenceInWorker();
  assert.equal(found.niceness, found.may ? niceness : before);
  if (Deno.uid() === 0) assert.equal(found.may, true);
  assert.equal(getPriority(0), before);
});

Deno.test("a thread with precedence has short time slices, and keeps its niceness", async () => {
  const { short, turn } = await takePrecedenceInWorker();
  assert.equal(short, Deno.build.os === "linux");
  const [major = 0, minor = 0] = Deno.osRelease().split(".").map(Number);
  // Older kernels take what is asked for, and have turns of one length; others do not show it.
  if (turn === "" || major < 6 || (major === 6 && minor < 12)) return;
  assert.match(turn, /: +100000$/m);
});
