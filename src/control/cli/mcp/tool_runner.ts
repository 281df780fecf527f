/**
 * Runs tools one after the other in a worker, each for a limited time. A query of SQLite cannot be interrupted, and a
 * terminated worker goes on with it: so a worker that is too late is left behind until it answers, and another takes
 * its place. Where several are left behind, questions are refused.
 */

import type { Arguments, Outcome } from "./mcp_server.ts";
import type { Tool } from "./tools.ts";

/** How the runner reaches a worker; tests have their own. */
export interface ToolPort {
  post(tool: string, given: Arguments): void;
  terminate(): void;
}

export interface RunnerOptions {
  /** `onOutcome` gets one outcome for each question. `onFailure`: the worker has ended. */
  readonly start: (onOutcome: (outcome: WorkerOutcome) => void, onFailure: (reason: string) => void) => ToolPort;
  /** How long a question may take. */
  readonly limitMs: number;
  /** A worker that is late for so long does not come back: `onStuck` is called. */
  readonly stuckMs: number;
  readonly onStuck: () => void;
  readonly onBug: (text: string) => void;
}

export type WorkerOutcome = Outcome | { readonly bug: string };

/** So many late workers, and there is no further SQL; so many, and no further question at all. */
const mostLateForSql = 2;
const mostLate = 4;
const mostWaiting = 64;

interface Job {
  readonly tool: Tool;
  readonly given: Arguments;
  readonly settle: (outcome: Outcome) => void;
}

interface Seat {
  readonly port: ToolPort;
  job: Job | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class ToolRunner {
  readonly #options: RunnerOptions;
  readonly #queue = new Set<Job>();
  readonly #late = new Set<Seat>();
  #seat: Seat | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  run(tool: Tool, given: Arguments, signal: AbortSignal): Promise<Outcome> {
    const refusal = this.#refusal(tool);
    if (refusal !== undefined) return Promise.resolve({ error: refusal });
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const job: Job = { tool, given, settle: resolve };
    // A question that runs goes on up to its limit, but nobody waits for it.
    signal.addEventListener("abort", () => {
      this.#queue.delete(job);
      resolve({ error: "cancelled" });
    }, { once: true });
    this.#queue.add(job);
    this.#next();
    return promise;
  }

  close(): void {
    const seats = [...this.#late, ...this.#seat === undefined ? [] : [this.#seat]];
    const jobs = [...seats.map(({ job }) => job), ...this.#queue];
    for (const seat of seats) this.#remove(seat);
    for (const job of jobs) job?.settle({ error: "bgpd mcp is ending" });
    this.#queue.clear();
  }

  #refusal({ isSql }: Tool): string | undefined {
    if (this.#queue.size >= mostWaiting) return "too many questions wait for an answer: ask again later";
    if (this.#late.size < (isSql ? mostLateForSql : mostLate)) return undefined;
    return `${this.#late.size} earlier queries took too long and still run: wait, or start bgpd mcp again`;
  }

  #next(): void {
    const [job] = this.#queue;
    if (job === undefined || this.#seat?.job !== undefined) return;
    const refusal = this.#queue.delete(job) ? this.#refusal(job.tool) : undefined;
    if (refusal !== undefined) {
      job.settle({ error: refusal });
      return this.#next();
    }
    const seat = this.#seat ??= this.#start();
    seat.job = job;
    seat.timer = setTimeout(() => this.#leave(seat), this.#options.limitMs);
    seat.port.post(job.tool.name, job.given);
  }

  #start(): Seat {
    const port = this.#options.start(
      (outcome) => this.#answered(seat, outcome),
      (reason) => this.#failed(seat, reason),
    );
    const seat: Seat = { port, job: undefined, timer: undefined };
    return seat;
  }

  #answered(seat: Seat, outcome: WorkerOutcome): void {
    const { job } = seat;
    clearTimeout(seat.timer);
    seat.job = undefined;
    if ("bug" in outcome) this.#options.onBug(outcome.bug);
    job?.settle("bug" in outcome ? { error: "bgpd mcp has a bug; its standard error has the details" } : outcome);
    if (this.#late.has(seat)) this.#remove(seat);
    this.#next();
  }

  #failed(seat: Seat, reason: string): void {
    this.#options.onBug(`a worker has ended: ${reason}`);
    seat.job?.settle({ error: `the question ended the worker that answered it: ${reason}; ask for less` });
    this.#remove(seat);
    this.#next();
  }

  /** The worker is too late. */
  #leave(seat: Seat): void {
    const { limitMs, stuckMs, onStuck } = this.#options;
    const hint = seat.job?.tool.isSql === true
      ? "ask for less: a condition on an indexed column, fewer rows, or a named query that an index answers"
      : "ask for less: a prefix, a peer or a smaller limit";
    seat.job?.settle({ error: `this took longer than ${limitMs / 1_000} s and was given up; ${hint}` });
    this.#seat = undefined;
    this.#late.add(seat);
    seat.timer = setTimeout(onStuck, stuckMs);
    this.#next();
  }

  #remove(seat: Seat): void {
    clearTimeout(seat.timer);
    seat.port.terminate();
    this.#late.delete(seat);
    if (this.#seat === seat) this.#seat = undefined;
  }
}
