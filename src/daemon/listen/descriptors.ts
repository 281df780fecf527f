/**
 * How the file descriptors of the process are shared out: strangers on a socket must not take the descriptors that a
 * session, the database or the control socket needs next.
 */

import type { PeerConfig } from "../../config/mod.ts";
import {
  type Connection,
  type DescriptorPlan,
  DescriptorShare,
  planDescriptors,
  raiseDescriptorLimit,
} from "../../transport/mod.ts";

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
