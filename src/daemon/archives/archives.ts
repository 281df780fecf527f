/** The archives of the configuration. Each has a worker of its own. */

import type { ArchiveSettings } from "../../config/mod.ts";
import type { Millis } from "../../types/mod.ts";
import { Archive, type ArchivePort, type ArchiveServices, type ArchiveStatus } from "./archive.ts";
import type { FromArchive } from "./archive_messages.ts";

/** How long the end of bgpd waits for the last files: what is not written then is written at the next start. */
const lastFilesMs: Millis = 2_000;

export class Archives {
  readonly #services: Omit<ArchiveServices, "start">;
  #archives: Archive[] = [];

  constructor(services: Omit<ArchiveServices, "start">) {
    this.#services = services;
  }

  /** Fills these archives, and no others. One whose settings are the same goes on. */
  configure(configs: readonly ArchiveSettings[]): void {
    const stays = configs.map((config) => this.#archives.find((archive) => isSame(archive.config, config)));
    for (const archive of this.#archives) if (!stays.includes(archive)) void archive.close();
    this.#archives = configs.map((config, i) => stays[i] ?? new Archive(config, { ...this.#services, start }));
  }

  get status(): ArchiveStatus[] {
    return this.#archives.map(({ status }) => status);
  }

  /** Resolves when the last files are whole, or after a moment. */
  async stop(): Promise<void> {
    const closed = Promise.all(this.#archives.splice(0).map((archive) => archive.close()));
    const { clock } = this.#services;
    await Promise.race([
      closed,
      new Promise<void>((resolve) => clock.setTimer(clock.monotonic() + lastFilesMs, resolve)),
    ]);
  }
}

function start(onMessage: (message: FromArchive) => void): ArchivePort {
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
