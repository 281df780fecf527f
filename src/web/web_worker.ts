/// <reference lib="deno.worker" />
/** The thread of `bgpd run --web`. */

import { yieldPrecedence } from "../daemon/thread/priority.ts";
import type { WebOptions } from "../control/mod.ts";
import { startWeb } from "./web.ts";

export interface FromWebThread {
  readonly text: string;
}

const say = (text: string) => self.postMessage({ text } satisfies FromWebThread);

self.onmessage = ({ data }: MessageEvent<WebOptions>) => void start(data);

/** Never rejects. */
async function start(options: WebOptions): Promise<void> {
  yieldPrecedence();
  try {
    const server = await startWeb(options, { onBug: say, warn: say });
    say(`the page is at http://${server.address}/`);
  } catch (error) {
    say(`no web page: ${error instanceof Error ? error.message : String(error)}`);
  }
}
