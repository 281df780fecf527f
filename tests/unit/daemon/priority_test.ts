import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { niceness } from "../../../src/daemon/priority.ts";

Deno.test("a thread goes before others where it may, and says where it may not; the thread that started it does not", async () => {
  const before = getPriority(0);
  const module = new URL("../../../src/daemon/priority.ts", import.meta.url).href;
  const code = `import { getPriority } from "node:os"; import { goFirst } from ${JSON.stringify(module)};
self.postMessage([goFirst(), getPriority(0)]);`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(code)}`, { type: "module" });
  try {
    const [may, now] = await new Promise<[boolean, number]>((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => reject(event.error);
    });
    assert.equal(now, may ? niceness : before);
    if (Deno.uid() === 0) assert.equal(may, true);
    assert.equal(getPriority(0), before);
  } finally {
    worker.terminate();
  }
});
