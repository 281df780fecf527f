/**
 * bgpd in the middle of other daemons, which all dial it. The ports are known before anything starts, so that a capture
 * can start first.
 */
import assert from "node:assert/strict";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { waitFor, type WaitOptions } from "../support/wait.ts";
import {
  type Endpoint,
  isV6,
  missingPrograms,
  type Peer,
  type PeerKind,
  peerKinds,
  type PeerOptions,
  type PeerRoute,
  peersRequired,
  type ReceivedRoute,
  startPeer,
} from "./peers/mod.ts";
import { comparable } from "./routes.ts";

/** Those that pass routes on. ExaBGP does not. */
export const routers = peerKinds.filter(({ title }) => title !== "ExaBGP");

export const ourAsn = 65000;
export const ourRouterId = "10.0.0.254";

export interface Ray {
  readonly kind: PeerKind;
  readonly asn: number;
  readonly routes: readonly PeerRoute[];
  /** Lines of this peer in bgpd's configuration. */
  readonly keys?: string;
  /** Its session is between IPv6 addresses. There is one such address here: at most one ray of a star. */
  readonly overIpv6?: boolean;
  readonly more?: Pick<PeerOptions, "addPath" | "families" | "feeders" | "lines" | "restartSeconds" | "uses">;
  /** Our AS as this peer sees it, where that is another one. */
  readonly seesAsn?: number;
}

interface Node extends Ray {
  readonly endpoint: Endpoint;
  /** Where it finds bgpd. */
  readonly ours: Endpoint;
  readonly routerId: string;
}

export class Star implements AsyncDisposable {
  readonly ours: Endpoint;
  readonly nodes: readonly Node[];
  readonly peers: Peer[] = [];
  readonly #top: string;
  readonly #sockets: readonly Endpoint[];
  readonly #stack = new AsyncDisposableStack();
  #bgpd: Bgpd | undefined;

  /** `top`: lines of bgpd's configuration before and after its peers. */
  constructor(rays: readonly Ray[], top = "", readonly bottom = "") {
    const endpoint = (asn: number, address = loopback()): Endpoint => ({ address, port: freePort(address), asn });
    this.ours = endpoint(ourAsn);
    const wide = rays.some(({ overIpv6 }) => overIpv6) ? endpoint(ourAsn, "::1") : undefined;
    this.#sockets = [this.ours, wide].filter((socket) => socket !== undefined);
    this.nodes = rays.map((ray, i) => ({
      ...ray,
      endpoint: endpoint(ray.asn, ray.overIpv6 ? "::1" : undefined),
      ours: { ...ray.overIpv6 ? wide! : this.ours, asn: ray.seesAsn ?? ourAsn },
      routerId: `10.0.0.${i + 1}`,
    }));
    this.#top = top;
  }

  get bgpd(): Bgpd {
    return this.#bgpd!;
  }

  get ports(): number[] {
    return this.#sockets.map(({ port }) => port);
  }

  get config(): string {
    const sockets = this.#sockets.map(({ address, port }) =>
      isV6(address) ? `[${address}]:${port}` : `${address}:${port}`
    );
    const peers = this.nodes.map(({ endpoint, ours, keys = "" }) => `
[[peers]]
remote_ip = "${endpoint.address}"
remote_as = ${endpoint.asn}
local_ip = "${ours.address}"
passive = true
${keys}
`);
    return `router_id = "${ourRouterId}"
default_as = ${ourAsn}
bgp_socket = ${JSON.stringify(sockets)}
database = "bgpd.db"
${this.#top}
${peers.join("")}${this.bottom}`;
  }

  /** Starts all of it, and waits until every session is up. */
  async start(): Promise<void> {
    this.#bgpd = this.#stack.use(await startBgpd({ config: this.config }));
    const started = await Promise.allSettled(
      this.nodes.map(async ({ kind, endpoint, ours, routerId, routes, more }) => {
        const options = { local: endpoint, remote: ours, routerId, passive: false, routes, ...more };
        return this.#stack.use(await startPeer(kind, options));
      }),
    );
    for (const result of started) {
      if (result.status === "rejected") throw result.reason;
      this.peers.push(result.value);
    }
    await Promise.all(this.peers.map((peer) => peer.waitEstablished(this.patience)));
  }

  get patience(): WaitOptions & { detail: () => string } {
    return {
      intervalMs: 100,
      detail: () => [this.bgpd.process.log(), ...this.peers.map((peer) => peer.log)].join("\n"),
      while: () => this.bgpd.process.running,
    };
  }

  /** Runs a command of bgpd that must succeed. */
  async command(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.bgpd.command(...args);
    assert.equal(code, 0, `bgpd ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Waits until the daemon at this place holds exactly these routes from bgpd. */
  async holds(at: number, expected: readonly ReceivedRoute[], view: (route: ReceivedRoute) => unknown): Promise<void> {
    const { kind } = this.nodes[at]!;
    const order = (routes: readonly ReceivedRoute[]) =>
      routes.map((route) => JSON.stringify(view(route), null, 1)).sort();
    const wanted = order(expected);
    let last: string[] = [];
    try {
      await waitFor(`the routes at ${kind.title}`, async () => {
        last = order(await this.peers[at]!.received());
        return last.join() === wanted.join();
      }, this.patience);
    } catch (error) {
      assert.deepEqual(last, wanted, `${kind.title}\n${this.patience.detail()}`);
      throw error;
    }
  }

  /** Waits until the database says so: it is a moment behind what the daemons hold. */
  async says(expected: readonly (readonly unknown[])[], sql: string, ...values: string[]): Promise<void> {
    const found = () => this.bgpd.sql(sql, ...values).map((row) => Object.values(row));
    const wanted = JSON.stringify(expected);
    await waitFor(`${wanted} of ${sql}`, () => JSON.stringify(found()) === wanted, {
      ...this.patience,
      detail: () => `${JSON.stringify(found())}\n${this.patience.detail()}`,
    });
  }

  /** Ends bgpd alone, before the end of the others is news to it. */
  async stop(): Promise<void> {
    assert.equal(await this.bgpd.stop(), 0, this.patience.detail());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** What a router of another AS can tell of a route; its LOCAL_PREF is its own affair. */
export function externalView(route: ReceivedRoute) {
  const { origin = "igp", med = 0, originatorId = "none", clusterList = [] } = route;
  return { ...comparable(route), origin, med, originatorId, clusterList };
}

/** And one of ours. */
export function internalView(route: ReceivedRoute) {
  return { ...externalView(route), localPref: route.localPref ?? 100 };
}

/** False: the test is to be skipped, which this says. Where peers are required it is not. */
export function canRun(title: string, kinds: readonly PeerKind[], ...programs: readonly string[]): boolean {
  const missing = missingPrograms([...kinds.flatMap((kind) => kind.programs), ...programs]);
  if (missing.length === 0 || peersRequired) return true;
  console.error(`SKIPPED: ${title}: not installed: ${missing.join(", ")}`);
  return false;
}
