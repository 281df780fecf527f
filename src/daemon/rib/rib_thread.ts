/** Starts the RIB thread. It processes what peers send, so it has no permission at all. */

export function startRibThread(): Worker {
  // `deno compile` finds the worker by this literal URL.
  const url = new URL("./rib_worker.ts", import.meta.url);
  return new Worker(url, { type: "module", name: "rib", deno: { permissions: "none" } });
}
