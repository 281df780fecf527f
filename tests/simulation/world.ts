/**
 * A simulated network from a seed: speakers and feeders, an hour of mishaps, and quiet at the end, when every table has
 * to be what the feeders meant. The same seed gives the same run, step by step.
 */

import assert from "node:assert/strict";
import { steadyWallClock } from "../../src/transport/mod.ts";
import { type Actions, drawAction, newRoutes } from "./actions.ts";
import { Feeder } from "./feeder.ts";
import type { Leftovers } from "./invariants.ts";
import { Network } from "./network.ts";
import { Random } from "./random.ts";
import { keyOf } from "./routes.ts";
import type { Sabotage } from "./sabotage.ts";
import { Speaker, staleMs, type Surroundings } from "./speaker.ts";
import type { FeederPlan, Topology } from "./topology.ts";
import { VirtualClock } from "./virtual_clock.ts";
import { Witness } from "./witness.ts";

/** Which worlds there are, what happens in them, and what has to hold when all is quiet. */
export interface Scenario {
  /** What `deno task simulate` wants to hear for this one, after a space. */
  readonly option: string;
  readonly actions: Actions;
  /** One storm of so many seconds, in place of some short ones. */
  readonly stormSeconds?: number;
  /** What each speaker's RIB hears is written down. */
  readonly witnessed?: boolean;
  topology(random: Random, folder: string | undefined): Topology;
  /** `last`: nothing comes after it. */
  check(world: World, leftovers: Leftovers, last: boolean): void;
  /** Something to try where all is quiet and everybody is there. */
  probe?(world: World, random: Random): Promise<void>;
}

export interface SimulationOptions {
  /** True: the real store in SQLite files. False: a model of it. */
  readonly sqlite: boolean;
  readonly sabotage?: Sabotage | undefined;
  /** Every line at once, for people who watch. */
  readonly watch?: ((line: string) => void) | undefined;
}

/**
 * How long nothing may have happened to sessions before it counts as quiet: store, cleanup and reports are through
 * then.
 */
const calmSeconds = 15;
/** Sessions that are not all up after so long never will be. */
const patienceSeconds = 1_800;
/** Routes that have not settled after so many messages go round and round. */
const patienceMessages = 30_000;
const logLines = 60;

/** Plays one seed. Throws an error that holds the seed, the end of the log and the commit. */
export async function simulate(seed: number, scenario: Scenario, options: SimulationOptions): Promise<void> {
  const folder = options.sqlite ? makeFolder() : undefined;
  const world = new World(seed, scenario, folder, options);
  using _performance = world.clock.takePerformance();
  const rejected = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    world.fail(event.reason);
  };
  globalThis.addEventListener("unhandledrejection", rejected);
  try {
    await world.play();
  } catch (error) {
    throw new Error(report(seed, scenario, world, error), { cause: error });
  } finally {
    globalThis.removeEventListener("unhandledrejection", rejected);
    world.end();
    if (folder !== undefined) Deno.removeSync(folder, { recursive: true });
  }
}

export class World {
  readonly scenario: Scenario;
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly topology: Topology;
  readonly speakers: readonly Speaker[];
  readonly feeders: readonly { readonly plan: FeederPlan; readonly feeder: Feeder }[];
  readonly log: string[] = [];
  readonly #random: Random;
  readonly #watch: ((line: string) => void) | undefined;
  /** Addresses of processes that do not run, and how to start each; `undefined`: it is still stopping. */
  readonly #down = new Map<string, (() => void) | undefined>();
  /** Feeders that stay away while all else is quiet. */
  readonly #absent = new Set<string>();
  readonly #failures: unknown[] = [];

  constructor(seed: number, scenario: Scenario, folder: string | undefined, { sabotage, watch }: SimulationOptions) {
    const random = new Random(seed);
    this.#random = random;
    this.scenario = scenario;
    this.#watch = watch;
    this.clock = new VirtualClock(random.fork());
    this.network = new Network(this.clock, random.fork());
    this.topology = scenario.topology(random.fork(), folder);
    const around = (): Surroundings => ({
      clock: this.clock,
      random: random.fork(),
      network: this.network,
      note: (text) => this.note(text),
      fail: this.fail,
      sabotage,
    });
    const witness = () => scenario.witnessed === true ? new Witness(steadyWallClock(this.clock)) : undefined;
    this.speakers = this.topology.speakers.map((config) => new Speaker(config, { ...around(), witness: witness() }));
    this.feeders = this.topology.feeders.map((plan) => ({ plan, feeder: new Feeder(plan, around()) }));
  }

  async play(): Promise<void> {
    const random = this.#random;
    for (const { plan, feeder } of this.feeders) {
      for (const route of newRoutes(this, random, plan, 0.4)) feeder.table.set(keyOf(route), route);
    }
    for (const speaker of random.shuffled(this.speakers)) speaker.start();
    for (const { feeder } of random.shuffled(this.feeders)) feeder.start();
    this.#reportCounters();
    const { stormSeconds } = this.scenario;
    const rounds = stormSeconds === undefined ? random.between(1, 4) : 1;
    for (let round = 0; round < rounds; round++) {
      const until = (stormSeconds ?? 0) * 1000;
      for (let i = random.between(5, 35); stormSeconds === undefined ? i > 0 : this.clock.monotonic() < until; i--) {
        await this.advance(random.pick([0, random.magnitude(0.1, 100), random.magnitude(10, 20_000)]));
        const text = drawAction(random, this.scenario.actions)(this, random);
        if (text !== undefined) this.note(text);
      }
      for (const place of random.some(this.feeders, 0.15)) this.#sendAway(place, random);
      await this.becomeQuiet();
      this.note("all quiet");
      this.scenario.check(this, "may stay", round === rounds - 1);
      if (this.#absent.size > 0 && random.chance(0.1)) {
        await this.advance(staleMs);
        this.note("time is over for what the last runs left");
        this.scenario.check(this, "are gone", false);
      }
      for (const address of this.#absent) this.#down.get(address)!();
      if (this.#absent.size === 0) await this.scenario.probe?.(this, random);
      this.#absent.clear();
    }
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  note(text: string): void {
    const line = `${(this.clock.monotonic() / 1000).toFixed(3)} ${text}`;
    this.log.push(line);
    if (this.log.length > logLines) this.log.shift();
    this.#watch?.(line);
  }

  /** Something went wrong outside the flow of {@link play}. */
  readonly fail = (error: unknown): void => void this.#failures.push(error);

  readonly isAbsent = (address: string): boolean => this.#absent.has(address);

  isDown(address: string): boolean {
    return this.#down.has(address);
  }

  /** False where the process is down already. */
  takeDown(address: string): boolean {
    if (this.#down.has(address)) return false;
    this.#down.set(address, undefined);
    return true;
  }

  bringUpLater(address: string, ms: number, start: () => void): void {
    const up = this.#wayUp(address, start);
    this.#down.set(address, up);
    this.clock.after(ms, up);
  }

  end(): void {
    for (const speaker of this.speakers) if (speaker.running) speaker.kill("reset");
  }

  #wayUp(address: string, start: () => void): () => void {
    let started = false;
    return () => {
      if (started) return;
      started = true;
      this.#down.delete(address);
      this.note(`${address} starts`);
      start();
    };
  }

  #sendAway({ plan, feeder }: World["feeders"][number], random: Random): void {
    if (!this.takeDown(plan.address)) return;
    this.note(`${plan.name} goes away`);
    this.#absent.add(plan.address);
    this.#down.set(plan.address, this.#wayUp(plan.address, () => feeder.restart()));
    feeder.kill(random.pick(["reset", "endOfStream", "silent"]));
  }

  /** Ends all mishaps and waits until nothing happens any more. */
  async becomeQuiet(): Promise<void> {
    this.note("heals");
    let calm = 0;
    const outputs = () => this.speakers.reduce((sum, speaker) => sum + (speaker.running ? speaker.life.outputs : 0), 0);
    const outputsBefore = outputs();
    for (let seconds = 0; calm < calmSeconds; seconds++) {
      this.network.heal();
      for (const [address, up] of [...this.#down]) {
        if (up === undefined || this.#absent.has(address)) this.network.setListening(address, "refuse");
        else up();
      }
      for (const { feeder } of this.feeders) feeder.setReading(true);
      for (const speaker of this.speakers) {
        if (!speaker.running) continue;
        speaker.life.setBusy(false);
        for (const thread of ["rib", "store"] as const) speaker.life.stall(thread, false);
      }
      const before = this.#progress();
      await this.advance(1000);
      calm = this.#restless === undefined && this.#progress() === before ? calm + 1 : 0;
      assert.ok(
        seconds < patienceSeconds && outputs() - outputsBefore < patienceMessages,
        `not quiet after ${seconds} s: ${this.#restless ?? "routes go round and round"}`,
      );
    }
  }

  /** What is not as it will be. */
  get #restless(): string | undefined {
    const down = [...this.#down.keys()].filter((address) => !this.#absent.has(address));
    if (down.length > 0) return `${down} not running`;
    for (const { plan, feeder } of this.feeders) {
      if (this.#absent.has(plan.address)) continue;
      if (!feeder.established) return `${plan.name} is ${feeder.state}`;
      if (!feeder.idle) return `${plan.name} has not sent everything`;
    }
    for (const speaker of this.speakers) {
      if (!speaker.running) return `${speaker.config.name} does not run`;
      for (const { name: address, state } of speaker.life.peers) {
        if (this.#absent.has(address) === (state === "Established")) {
          return `${speaker.config.name}: ${address} is ${state}`;
        }
      }
      for (const { id, address, staleUntil } of speaker.life.peers) {
        if (staleUntil !== undefined) return `${speaker.config.name}: ${address} has stale routes`;
        if (speaker.life.restart.stateOf(id).restarting) {
          return `${speaker.config.name} waits for others before it chooses`;
        }
      }
    }
    return undefined;
  }

  /** Changes with whatever happens to sessions, and with each message that brings routes. */
  #progress(): string {
    const fed = this.feeders.map(({ feeder }) => `${feeder.sessions} ${feeder.updates}`);
    const sent = this.speakers.map((speaker) => speaker.running ? speaker.life.outputs : "down");
    return [...fed, ...sent].join();
  }

  /** As the worker around the RIB does it, now and then. */
  #reportCounters(): void {
    for (const speaker of this.speakers) if (speaker.running) speaker.life.reportCounters();
    this.clock.after(5_000, () => this.#reportCounters());
  }
}

function report(seed: number, scenario: Scenario, world: World, error: unknown): string {
  const reason = error instanceof Error ? error.stack ?? error.message : String(error);
  return [
    `seed ${seed} failed at ${(world.clock.monotonic() / 1000).toFixed(3)} s`,
    reason,
    `the last of ${logLines} lines:`,
    ...world.log.map((line) => `  ${line}`),
    `commit ${commit()}; again: deno task simulate${scenario.option} --seed ${seed}`,
  ].join("\n");
}

function commit(): string {
  try {
    const { success, stdout } = new Deno.Command("git", { args: ["describe", "--always", "--dirty"] }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : "unknown";
  } catch {
    return "unknown";
  }
}

/** In memory where the system has a place for that: a disk would only be slower. */
function makeFolder(): string {
  try {
    return Deno.makeTempDirSync({ dir: "/dev/shm", prefix: "bgpd-simulation-" });
  } catch {
    return Deno.makeTempDirSync({ prefix: "bgpd-simulation-" });
  }
}
