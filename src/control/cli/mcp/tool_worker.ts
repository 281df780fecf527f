/// <reference lib="deno.worker" />
/** The worker that answers questions, one after the other. */

import { answerTool } from "./tool_answers.ts";
import type { ToWorker } from "./tool_thread.ts";

self.onmessage = ({ data }: MessageEvent<ToWorker>) => void answer(data);

/** Never rejects. */
async function answer({ tool, given, database, rows }: ToWorker): Promise<void> {
  self.postMessage(await answerTool(tool, given, { database, rows }));
}
