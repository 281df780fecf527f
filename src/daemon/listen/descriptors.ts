/**
 * How the file descriptors of the process are shared out: strangers on a socket must not take the descriptors that a
 * session, the database or the control socket needs next.
 */

import type { PeerConfig } from "../../config/mod.ts";
import { type Connection, DescriptorShare, raiseDescriptorLimit } from "../../transport/mod.ts";

export interface DescriptorPlan {
  /** Clients of the control socket. */
  readonly control: number;
  /** Clients of `api_socket`. */
  readonly api: number;
  /** Connections with peers, in both directions. */
  readonly peers: number;
  /** Of those, connections with members of networks whose OPEN was not accepted yet. */
  readonly halfOpen: number;
}

/** `limit`: of this process. What no share has is for files, threads and the runtime. */
export function planDescriptors(limit: number): DescriptorPlan {
  const share = (part: number, least: number, most: number) =>
    Math.min(most, Math.max(least, Math.floor(limit / part)));
  const kept = share(8, 64, 256);
  const control = share(16, 8, 64);
  const api = share(8, 8, 256);
  const peers = Math.max(16, limit - kept - control - api);
  return { control, api, peers, halfOpen: Math.min(256, Math.floor(peers / 4)) };
}

/** The file descriptors of this process. */
export class Descriptors {
  readonly plan: DescriptorPlan;
  /** Connections with peers. */
  readonly peers: DescriptorShare;
  readonly #limit: number;

  constructor(limit = raiseDescriptorLimit()) {
    this.#limit = limit;
    this.plan = planDescriptors(limit);
    this.peers = new DescriptorShare(this.plan.peers);
  }

  /** Counts a connection that we open, from its first packet on. */
  countDialled(connection: Promise<Connection>): Promise<Connection> {
    this.peers.take(connection.then(({ closed }) => closed, () => {}));
    return connection;
  }

  /** What to do where not all configured peers can have a connection; `undefined`: they can. */
  shortage(peers: readonly PeerConfig[]): string | undefined {
    const expected = peers.reduce((sum, each) => sum + (each.kind === "network" ? each.maxMembers : 1), 0);
    if (expected <= this.peers.limit) return undefined;
    return `the limit of open files (${this.#limit}) leaves ${this.peers.limit} connections for peers, and the ` +
      `configuration allows ${expected}: raise the limit (systemd: LimitNOFILE), or lower max_members`;
  }
}
