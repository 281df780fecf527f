/// <reference lib="deno.worker" />
/** The worker that answers questions: connects a {@link WorkerHost} to the serving thread. */

import { fronts } from "./fronts.ts";
import { WorkerHost } from "./serve/worker_host.ts";
import type { ToWorker } from "./serve/worker_messages.ts";

const host = new WorkerHost(fronts, (message, transfer = []) => self.postMessage(message, transfer));

self.onmessage = (event: MessageEvent<ToWorker>) => host.handle(event.data);
