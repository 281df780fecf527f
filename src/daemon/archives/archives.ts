/** The archives of the configuration. Each has a worker of its own. */

import type { ArchiveSettings } from "../../config/mod.ts";
import type { Millis } from "../../types/mod.ts";
import { Archive, type ArchivePort, type ArchiveServices, type ArchiveStatus } from "./archive.ts";
import type { FromArchive } from "./archive_messages.ts";

/** How long the end of bgpd waits for the last files: what is not written then is written at the next start. */
const lastFilesMs: Millis = 2_000;

export interface ArchivesServices extends Omit<ArchiveServices, "start"> {
  readonly startWorker: ArchiveServices["start"];
}

export class Archives {
  readonly #services: ArchivesServices;
  #archives: Archive[] = [];
  /** Archives that are no longer configured, or are so in another way, by path: their last files are not whole yet. */
  readonly #closing = new Map<string, Promise<void>>();

  constructor(services: ArchivesServices) {
    this.#services = services;
  }

  /** Fills these archives, and no others. One whose settings are the same goes on. */
  configure(configs: readonly ArchiveSettings[]): void {
    const stays = configs.map((config) => this.#archives.find((archive) => isSame(archive.config, config)));
    for (const archive of this.#archives) if (!stays.includes(archive)) this.#close(archive);
    this.#archives = configs.map((config, i) => stays[i] ?? this.#open(config));
  }

  /** The records of both are complete: the next one reads from now on, and writes when the files are free. */
  #open(config: ArchiveSettings): Archive {
    const before = this.#closing.get(config.path) ?? Promise.resolve();
    const { startWorker } = this.#services;
    return new Archive(config, {
      ...this.#services,
      start: (onMessage) => {
        const port = before.then(() => startWorker(onMessage));
        return {
          post: (message, transfer) => void port.then((worker) => worker.post(message, transfer)),
          terminate: () => void port.then((worker) => worker.terminate()),
        };
      },
    });
  }

  #close(archive: Archive): void {
    const { path } = archive.config;
    const closed = archive.close().then(() => {
      if (this.#closing.get(path) === closed) this.#closing.delete(path);
    });
    this.#closing.set(path, closed);
  }

  get status(): ArchiveStatus[] {
    return this.#archives.map(({ status }) => status);
  }

  /** Resolves when the last files are whole, or after a moment. */
  async stop(): Promise<void> {
    for (const archive of this.#archives.splice(0)) this.#close(archive);
    const closed = Promise.all(this.#closing.values());
    const { clock } = this.#services;
    await Promise.race([
      closed,
      new Promise<void>((resolve) => clock.setTimer(clock.monotonic() + lastFilesMs, resolve)),
    ]);
  }
}

/** Starts the worker of an archive. */
export function startArchiveWorker(onMessage: (message: FromArchive) => void): ArchivePort {
  // `deno compile` finds the worker by this literal URL.
  const worker = new Worker(new URL("./archive_worker.ts", import.meta.url), {
    type: "module",
    name: "archive",
    deno: { permissions: { read: true, write: true } },
  });
  worker.onmessage = ({ data }: MessageEvent<FromArchive>) => onMessage(data);
  worker.onerror = (event) => {
    event.preventDefault();
    onMessage({ kind: "failing", reason: event.message });
  };
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
  };
}

function isSame(one: ArchiveSettings, other: ArchiveSettings): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
