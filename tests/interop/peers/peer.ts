/**
 * Other BGP daemons as peers. A driver writes a configuration with one peer, runs the daemon in the foreground on
 * loopback without the kernel's routing table, and reads from its command line what it learned.
 */
import type { RoleName } from "../../../src/message/mod.ts";
import type { Process } from "../../support/process.ts";
import { accepts } from "../../support/net.ts";
import { waitFor, type WaitOptions } from "../../support/wait.ts";

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly asn: number;
}

/** A route in the words all five share. Communities as text: "65001:1", "65001:2:3", "rt:65001:4". */
export interface PeerRoute {
  readonly prefix: string;
  readonly nextHop: string;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly extCommunities: readonly string[];
  /** Before its own AS: "64500 64501". OpenBGPD cannot make one up. */
  readonly asPath?: string | undefined;
  /** "igp" where it is not said. */
  readonly origin?: Origin | undefined;
  readonly med?: number | undefined;
  /** For internal peers. */
  readonly localPref?: number | undefined;
  /** With ability "pathIds", where several routes have one prefix. */
  readonly pathId?: number | undefined;
}

export type Origin = "igp" | "egp" | "incomplete";

/**
 * What not every daemon can do: speak without four-octet AS numbers; send what AS_PATH one likes; send path identifiers
 * (ADD-PATH), and several paths of its own for a prefix; IPv4 routes with IPv6 next hops; messages beyond 4096 octets;
 * restart gracefully and help others to (RFC 4724), for long, too (RFC 9494); have a role (RFC 9234).
 */
export type Ability =
  | "twoOctets"
  | "path"
  | "addPath"
  | "pathIds"
  | "extendedNextHop"
  | "extendedMessages"
  | "gracefulRestart"
  | "longLived"
  | "role";

export interface ReceivedRoute extends PeerRoute {
  /** "65000 500"; empty for a route of the same AS. */
  readonly asPath: string;
  /** Of a route reflector (RFC 4456). */
  readonly originatorId?: string | undefined;
  readonly clusterList?: readonly string[] | undefined;
  /** As far as the daemon shows it. */
  readonly aigp?: number | undefined;
  readonly otc?: number | undefined;
}

/** Another external speaker that dials the daemon: its routes are passed on to the speaker under test. */
export type Feeder = Pick<Endpoint, "address" | "asn">;

export interface PeerOptions {
  /** Where the daemon listens, and what it dials from. */
  readonly local: Endpoint;
  readonly routerId: string;
  /** Where the other speaker listens. */
  readonly remote: Endpoint;
  /** True: waits for the other speaker to dial. */
  readonly passive: boolean;
  readonly routes: readonly PeerRoute[];
  readonly holdTimeSeconds?: number;
  readonly feeders?: readonly Feeder[];
  /** ADD-PATH both ways. */
  readonly addPath?: boolean;
  /** Families beside IPv4 and IPv6 unicast, by our names; the daemon leaves out what it does not have. */
  readonly families?: readonly string[];
  /**
   * In the daemon's own language: for the speaker as a whole, for the session, for each family of it, and what BIRD's
   * filters do to routes that it sends.
   */
  readonly lines?: {
    readonly speaker?: string;
    readonly session?: string;
    readonly family?: string;
    readonly sent?: { readonly ipv4: string; readonly ipv6: string };
  };
  /** Further arguments of the program. */
  readonly args?: readonly string[];
  /** Abilities to use in the session, beside ADD-PATH. */
  readonly uses?: readonly Ability[];
  /**
   * With ability "gracefulRestart": how long it takes to restart, and with "longLived" how long its routes stay then.
   */
  readonly restartSeconds?: number;
  readonly staleSeconds?: number;
  /** With ability "role": what it is to the other speaker. */
  readonly role?: RoleName;
}

export abstract class Peer {
  readonly options: PeerOptions;
  /** Configuration, sockets and logs of this daemon. */
  readonly folder: string;
  #process: Process | undefined;
  /** Not its first run: the one before was killed. */
  protected isRestart = false;

  constructor(options: PeerOptions, folder: string) {
    this.options = options;
    this.folder = folder;
  }

  /** Writes the configuration for these routes. */
  protected abstract configure(routes: readonly PeerRoute[]): Promise<void>;
  /** Starts the daemon in the foreground. */
  protected abstract spawn(): Process;
  /** True once its command line answers. */
  protected abstract ready(): Promise<boolean>;
  abstract established(): Promise<boolean>;
  /** What it holds from the other speaker. */
  abstract received(): Promise<ReceivedRoute[]>;
  /** Replaces what it announces. */
  abstract announce(routes: readonly PeerRoute[]): Promise<void>;
  /** Ends the session for good, with Cease / Administrative Shutdown and this reason where it can give one. */
  abstract shutdown(reason: string): Promise<void>;
  /** Takes the session up again after {@link shutdown}. */
  abstract enable(): Promise<void>;

  /** Gives its command line these commands, and returns what it says to them. */
  abstract ask(...commands: readonly string[]): Promise<string>;

  /** Asks the other speaker for its routes (RFC 2918). */
  abstract askRefresh(): Promise<void>;

  get process(): Process {
    if (this.#process === undefined) throw new Error("not started");
    return this.#process;
  }

  /** All that it said. */
  get words(): string {
    return [...this.process.stdout, ...this.process.stderr].join("\n");
  }

  /** The names that the daemon has for `families` of its options. */
  protected families(names: Readonly<Record<string, string>>): string[] {
    return (this.options.families ?? []).flatMap((family) => names[family] ?? []);
  }

  protected uses(ability: Ability): boolean {
    return this.options.uses?.includes(ability) === true;
  }

  get external(): boolean {
    return this.options.local.asn !== this.options.remote.asn;
  }

  get log(): string {
    return this.#process?.log() ?? "";
  }

  /** Starts it; where it waits to be dialled, until it can be. */
  async start(): Promise<void> {
    const { local, passive, routes } = this.options;
    await this.configure(routes);
    this.#process = this.spawn();
    const ready = async () => {
      if (!this.process.running) throw new Error(this.log);
      return await this.ready() && (!passive || await accepts(local.address, local.port));
    };
    await waitFor(`${this.process.name} to be ready`, ready, { detail: () => this.log });
  }

  async waitEstablished(options: WaitOptions = {}): Promise<void> {
    await waitFor(`${this.process.name} to be Established`, () => this.established(), this.#patience(options));
  }

  /** Waits until it holds a route to this prefix. */
  async waitReceived(prefix: string, options: WaitOptions = {}): Promise<ReceivedRoute> {
    const find = async () => (await this.received()).find((route) => route.prefix === prefix);
    return await waitFor(`${prefix} at ${this.process.name}`, find, this.#patience(options));
  }

  #patience(options: WaitOptions): WaitOptions {
    const stillRunning = () => this.process.running && options.while?.() !== false;
    return { detail: () => this.log, ...options, while: stillRunning };
  }

  /** Signals the daemon and all processes that it started. */
  signal(signal: Deno.Signal): void {
    for (const pid of withDescendants(this.process.pid)) {
      try {
        Deno.kill(pid, signal);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }

  /** Kills it and starts it again, as it was in the beginning. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** It dies without a word. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.process.end();
    this.isRestart = true;
  }

  async stop(): Promise<number | undefined> {
    // How it ends is its own affair: whoever takes long is killed.
    return await this.#process?.stop(10_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.folder, { recursive: true }).catch(() => undefined);
  }

  protected write(name: string, text: string): Promise<void> {
    return Deno.writeTextFile(`${this.folder}/${name}`, text);
  }
}

/** A process and what it started, the parents first. */
function withDescendants(pid: number): number[] {
  const { stdout } = new Deno.Command("ps", { args: ["-A", "-o", "pid=,ppid="], stdin: "null" }).outputSync();
  const pairs = new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.trim().split(/ +/).map(Number));
  const found = [pid];
  for (const parent of found) for (const [child, above] of pairs) if (above === parent) found.push(child!);
  return found;
}

/** The same prefix, and the same path of it. */
export function samePath(one: PeerRoute, other: PeerRoute): boolean {
  return one.prefix === other.prefix && one.pathId === other.pathId;
}

export function isV6(text: string): boolean {
  return text.includes(":");
}

const wellKnown: ReadonlyMap<string, string> = new Map([
  ["no-export", "65535:65281"],
  ["no-advertise", "65535:65282"],
  ["graceful-shutdown", "65535:0"],
  ["llgr-stale", "65535:6"],
]);

/** A community that goes by its name here or there. */
export function inNumbers(text: string): string {
  return wellKnown.get(text.toLowerCase().replace("_", "-")) ?? text;
}

/** The numbers in a text: "(65001, 1)" gives "65001:1". */
export function colons(text: string): string {
  return (text.match(/\d+/g) ?? []).join(":");
}
