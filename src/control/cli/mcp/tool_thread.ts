/** Starts the worker that answers questions. */

import type { Arguments } from "./mcp_server.ts";
import type { RunnerOptions, ToolPort, WorkerOutcome } from "./tool_runner.ts";

/** What every question is answered from. */
export interface Place {
  /** Absolute path of the database. */
  readonly database: string;
  /** Rows of an answer, at most. */
  readonly rows: number;
}

export interface ToWorker extends Place {
  readonly tool: string;
  readonly given: Arguments;
}

export function startToolWorker(
  place: Place,
  onOutcome: Parameters<RunnerOptions["start"]>[0],
  onFailure: Parameters<RunnerOptions["start"]>[1],
): ToolPort {
  const url = new URL("./tool_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module", name: "mcp", deno: { permissions: "inherit" } });
  worker.onmessage = ({ data }: MessageEvent<WorkerOutcome>) => onOutcome(data);
  worker.onerror = (event) => {
    event.preventDefault();
    onFailure(event.message);
  };
  return {
    post: (tool, given) => worker.postMessage({ ...place, tool, given } satisfies ToWorker),
    terminate: () => worker.terminate(),
  };
}
