/**
 * A daemon under test. A driver writes its configuration for passive eBGP sessions on loopback, runs it in the
 * foreground without the kernel's routing table, and asks its command line. Routes go to sinks and members only.
 */
import { type Process, run } from "../../support/process.ts";
import { accepts } from "../../support/net.ts";
import { sleep, waitFor } from "../../support/wait.ts";
import { cpuSeconds, peakBytes, rssBytes } from "../process_tree.ts";
import { CpuSampler } from "../quiet.ts";

export interface BenchPeer {
  /** A member sends routes, and receives those of the other members. */
  readonly role: "sender" | "sink" | "member";
  readonly address: string;
  readonly asn: number;
}

export interface DaemonOptions {
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  readonly asn: number;
  readonly peers: readonly BenchPeer[];
  /** Of all sessions; without it, what suits the daemon. */
  readonly holdTimeSeconds?: number | undefined;
  /** Sinks receive only the routes of the peer with this AS; BIRD and bgpd can do that here. */
  readonly onlyFrom?: number | undefined;
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
  protected readonly usualHoldTimeSeconds: number = 180;
  /** Its command line is asked that often for what it holds. */
  protected readonly pollMs: number = 100;
  #process: Process | undefined;
  /** Before any session. */
  baseBytes = 0;

  constructor(options: DaemonOptions) {
    this.options = options;
  }

  get holdTimeSeconds(): number {
    return this.options.holdTimeSeconds ?? this.usualHoldTimeSeconds;
  }

  abstract version(): Promise<string>;
  protected abstract configure(): Promise<void>;
  protected abstract spawn(): Process;
  /** True once its command line answers. */
  protected abstract ready(): Promise<boolean>;
  /** Routes it holds from senders and members. */
  abstract count(): Promise<number>;
  /** Longest match of an address; `undefined`: it has no such question. */
  lookup?(address: string): Question;
  /** All IPv4 routes of an origin AS. */
  origin?(asn: number): Question;
  /** A line for each peer. */
  peers?(): Question;

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

  /** When it held `routes` routes of senders and members, on the wall clock. */
  async complete(routes: number, timeoutMs: number, pollMs = this.pollMs): Promise<number> {
    const enough = async () => await this.count() >= routes;
    await waitFor(`${routes} routes`, enough, {
      timeoutMs,
      intervalMs: pollMs,
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

  /**
   * Waits until it has nothing to do any more, and gives the time when its work ended. Only what ends after `since`
   * counts: this resolves when all its input is on the way.
   */
  async quiet(timeoutMs: number, since: Promise<number> = Promise.resolve(Date.now())): Promise<number> {
    const sampler = new CpuSampler(() => this.cpuSeconds);
    try {
      const from = await since;
      const ended = () => sampler.quietAt(from);
      return await waitFor("the end of its work", ended, { timeoutMs, while: () => this.process.running });
    } finally {
      sampler.stop();
    }
  }

  async stop(): Promise<void> {
    await this.#process?.stop(30_000);
  }

  protected write(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(`${this.options.folder}/${name}`, text, { mode: 0o600 });
  }

  /** The addresses of the peers that send. */
  protected get sending(): ReadonlySet<string> {
    return new Set(this.options.peers.filter(({ role }) => role !== "sink").map(({ address }) => address));
  }

  protected peersOf(role: BenchPeer["role"]): BenchPeer[] {
    return this.options.peers.filter((peer) => peer.role === role);
  }

  protected async ask(program: string, ...args: string[]): Promise<string> {
    return (await run(program, args)).stdout;
  }
}
