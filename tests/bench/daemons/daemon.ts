/**
 * A daemon under test. A driver writes its configuration for passive eBGP sessions on loopback, runs it in the
 * foreground without the kernel's routing table, and asks its command line. Routes of senders go to sinks only.
 */
import { type Process, run } from "../../support/process.ts";
import { accepts } from "../../support/net.ts";
import { sleep, waitFor } from "../../support/wait.ts";
import { cpuSeconds, peakBytes, rssBytes } from "../process_tree.ts";

export interface BenchPeer {
  readonly role: "sender" | "sink";
  readonly address: string;
  readonly asn: number;
}

export interface DaemonOptions {
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  readonly asn: number;
  readonly peers: readonly BenchPeer[];
}

export interface DaemonKind {
  readonly title: string;
  readonly programs: readonly string[];
  new (options: DaemonOptions): BenchDaemon;
}

/** What of a daemon's command line a person would ask. */
export interface Question {
  readonly program: string;
  readonly args: readonly string[];
}

export abstract class BenchDaemon {
  readonly options: DaemonOptions;
  /** Short where the daemon is known to stay alive under load, so that late KEEPALIVEs show. */
  readonly holdTimeSeconds: number = 180;
  /** Its command line is asked that often for what it holds. */
  protected readonly pollMs: number = 100;
  #process: Process | undefined;
  /** Before any session. */
  baseBytes = 0;

  constructor(options: DaemonOptions) {
    this.options = options;
  }

  abstract version(): Promise<string>;
  protected abstract configure(): Promise<void>;
  protected abstract spawn(): Process;
  /** True once its command line answers. */
  protected abstract ready(): Promise<boolean>;
  /** Routes it holds from the senders. */
  abstract count(): Promise<number>;
  /** Longest match of an address; `undefined`: it has no such question. */
  lookup?(address: string): Question;
  /** All IPv4 routes of an origin AS. */
  origin?(asn: number): Question;

  get process(): Process {
    if (this.#process === undefined) throw new Error("not started");
    return this.#process;
  }

  /** Starts it and waits until sessions can come. */
  async start(): Promise<void> {
    this.#process = undefined;
    await this.configure();
    this.#process = this.spawn();
    const ready = async () => {
      if (!this.process.running) throw new Error(this.process.log());
      return await this.ready() && await accepts(this.options.address, this.options.port);
    };
    await waitFor(`${this.process.name} to be ready`, ready, { timeoutMs: 60_000, detail: () => this.process.log() });
    await sleep(300);
    this.baseBytes = rssBytes(this.process.pid);
  }

  /** When it held `routes` routes of the senders, on the wall clock. */
  async complete(routes: number, timeoutMs: number): Promise<number> {
    const enough = async () => await this.count() >= routes;
    await waitFor(`${routes} routes`, enough, {
      timeoutMs,
      intervalMs: this.pollMs,
      while: () => this.process.running,
    });
    return Date.now();
  }

  get cpuSeconds(): number {
    return cpuSeconds(this.process.pid);
  }

  get rssBytes(): number {
    return rssBytes(this.process.pid);
  }

  get peakBytes(): number {
    return peakBytes(this.process.pid);
  }

  /** Waits until it has nothing to do any more: under 6 % of a core for a second. */
  async quiet(timeoutMs = 600_000): Promise<void> {
    const samples: number[] = [];
    const idle = () => {
      samples.push(this.cpuSeconds);
      return samples.length > 10 && samples.at(-1)! - samples.at(-11)! <= 0.06;
    };
    await waitFor("the end of its work", idle, { timeoutMs, intervalMs: 100, while: () => this.process.running });
  }

  async stop(): Promise<void> {
    await this.#process?.stop(30_000);
  }

  protected write(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(`${this.options.folder}/${name}`, text, { mode: 0o600 });
  }

  protected peersOf(role: BenchPeer["role"]): BenchPeer[] {
    return this.options.peers.filter((peer) => peer.role === role);
  }

  protected async ask(program: string, ...args: string[]): Promise<string> {
    return (await run(program, args)).stdout;
  }
}
