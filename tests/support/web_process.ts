/** `bgpd web` as its users run it: beside a daemon, in its folder. */
import { type Bgpd, bgpdPath } from "./bgpd.ts";
import { freePort, loopback } from "./net.ts";
import { Process } from "./process.ts";

export class WebProcess {
  readonly #process: Process;
  /** `http://127.0.0.9:1234` */
  readonly base: string;

  constructor(process: Process, base: string) {
    this.#process = process;
    this.base = base;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The text of an answer that must have a status. */
  async text(path: string, status = 200): Promise<string> {
    const response = await fetch(this.base + path);
    const text = await response.text();
    if (response.status !== status) throw new Error(`${path}: ${response.status} ${text}\n${this.#process.log()}`);
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.signal("SIGTERM");
    await this.#process.end();
  }
}

/** Starts it with the daemon's configuration and waits until it serves. */
export async function startWebProcess(bgpd: Bgpd): Promise<WebProcess> {
  const address = loopback();
  const listen = `${address}:${freePort(address)}`;
  const process = new Process(bgpdPath, {
    args: ["web", "--config", "bgpd.toml", "--listen", listen],
    cwd: bgpd.folder,
    env: { NO_COLOR: "1" },
  });
  try {
    await process.waitForLine(/the page is at/);
  } catch (error) {
    await process.end();
    throw error;
  }
  return new WebProcess(process, `http://${listen}`);
}
