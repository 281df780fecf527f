/** The web process: puts the parts together, and runs until a signal ends it. */

import { openLog } from "../daemon/log/log.ts";
import { version } from "../daemon/version.ts";
import { yieldPrecedence } from "../daemon/thread/priority.ts";
import type { WebOptions } from "../control/mod.ts";
import { HttpListening, type Patience } from "../transport/mod.ts";
import { Alerts, type AlertsPort } from "./alerts/alerts.ts";
import type { FromAlerts } from "./alerts/alert_messages.ts";
import { fronts } from "./fronts.ts";
import { pageAssets } from "./page/mod.ts";
import { AccessFile } from "./serve/access_file.ts";
import { AnswersCache } from "./serve/answers_cache.ts";
import { tagged } from "./answers/assets.ts";
import { Guard } from "./serve/guard.ts";
import { Lane, type LaneLimits, type WorkerPort } from "./serve/lane.ts";
import { RateLimit } from "./serve/rate_limit.ts";
import { WebApp } from "./serve/web_app.ts";
import type { FromWorker } from "./serve/worker_messages.ts";

const patience: Patience = { idleMs: 60_000, requestMs: 10_000, writeMs: 10_000, answerMs: 600_000 };

const quickLimits: LaneLimits = { running: 16, waiting: 256, waitMs: 5_000 };
const slowLimits: LaneLimits = { running: 8, waiting: 32, waitMs: 15_000 };

/** `bgpd web`. Resolves to the exit code. */
export async function runWeb(options: WebOptions): Promise<number> {
  const log = await openLog(options.verbosity);
  yieldPrecedence();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, end);
  try {
    const server = await startWeb(options, {
      onBug: (text) => log.error(text),
      warn: (text) => log.warn(text),
    });
    log.info(`the page is at http://${server.address}/`);
    await ended;
    await server.close();
    return 0;
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, end);
  }
}

export interface WebServer {
  /** Address and port, as a URL has them. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Says what operators must know. */
export interface WebReports {
  onBug(text: string): void;
  warn(text: string): void;
}

/** Throws an error in words where the address cannot be opened. */
export async function startWeb(options: WebOptions, { onBug, warn }: WebReports): Promise<WebServer> {
  const { database, settings } = options;
  const { address, port } = settings.listen;
  const listener = openListener(address, port);
  const lane = (limits: LaneLimits, name: string) => {
    const made = new Lane({ limits, start: (...handlers) => startWorker(name, ...handlers), onBug });
    made.post({ kind: "open", database, settings, version });
    return made;
  };
  const lanes = { quick: lane(quickLimits, "web quick"), slow: lane(slowLimits, "web slow") };
  const alerts = new Alerts({ ...options, version, start: startAlertsWorker, warn, onBug });
  const now = () => performance.now();
  const access = new AccessFile(settings.accessFile, warn);
  const rate = new RateLimit(settings.requestsPerSecond);
  const app = new WebApp({
    guard: new Guard({ settings, access: () => access.lines(), rate, now }),
    fronts,
    live: [],
    lanes,
    cache: new AnswersCache(),
    assets: await tagged(pageAssets()),
    now,
    onError: (error) => onBug(error instanceof Error ? error.stack ?? error.message : String(error)),
  });
  const listening = new HttpListening(listener, {
    app: (request) => app.reply(request),
    maxConnections: settings.maxClients,
    patience,
    // No request needs a body; each connection keeps what arrives up to this limit.
    maxBodyBytes: 1_024,
    onFailure: (error) => warn(`cannot accept connections: ${String(error)}; bgpd web keeps trying`),
  });
  const opened = (listener.addr as Deno.NetAddr).port;
  return {
    address: `${address.includes(":") ? `[${address}]` : address}:${opened}`,
    port: opened,
    async close() {
      const grace = new Promise<void>((resolve) => setTimeout(resolve, 500));
      await Promise.race([listening.shutdown(), grace]);
      listening.destroy();
      lanes.quick.close();
      lanes.slow.close();
      alerts.close();
    },
  };
}

function openListener(address: string, port: number): Deno.Listener {
  try {
    return Deno.listen({ hostname: address, port });
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse ? "it is already in use" : String(error);
    throw new Error(`${address} port ${port} cannot be opened: ${reason}`, { cause: error });
  }
}

function startWorker(
  name: string,
  onMessage: (message: FromWorker) => void,
  onEnd: (reason: string) => void,
): WorkerPort {
  const url = new URL("./query_worker.ts", import.meta.url);
  const permissions = { read: true, write: true, net: true } as const;
  const worker = new Worker(url, { type: "module", name, deno: { permissions } });
  worker.onmessage = ({ data }) => onMessage(data);
  // Otherwise the fault of a worker would end the process.
  worker.onerror = (event) => {
    event.preventDefault();
    onEnd(event.message);
  };
  return { post: (message) => worker.postMessage(message), terminate: () => worker.terminate() };
}

function startAlertsWorker(name: string, onMessage: (message: FromAlerts) => void): AlertsPort {
  const url = new URL("./alerts_worker.ts", import.meta.url);
  const permissions = { read: true, write: true, net: true } as const;
  const worker = new Worker(url, { type: "module", name, deno: { permissions } });
  worker.onmessage = ({ data }: MessageEvent<FromAlerts>) => onMessage(data);
  worker.onerror = (event) => {
    event.preventDefault();
    onMessage({ kind: "bug", text: event.message });
  };
  return { post: (message) => worker.postMessage(message), terminate: () => worker.terminate() };
}
