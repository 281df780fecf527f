/** The web process as a thread of the router: `bgpd run --web`, for labs. It shares the fate of the router. */

import type { WebOptions } from "../control/mod.ts";
import type { FromWebThread } from "./web_worker.ts";

/** `say` gets what operators must know. */
export function startWebThread(options: WebOptions, say: (text: string) => void): { stop(): void } {
  const url = new URL("./web_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module", name: "web", deno: { permissions: "inherit" } });
  worker.onmessage = ({ data }: MessageEvent<FromWebThread>) => say(data.text);
  worker.onerror = (event) => {
    event.preventDefault();
    say(`bgpd: the web thread has ended: ${event.message}`);
  };
  worker.postMessage(options);
  return { stop: () => worker.terminate() };
}
