/** One dial of a peer at a time, which may be given up while it goes on. */

import type { PeerConfig } from "../../config/mod.ts";
import type { Connection } from "../../transport/mod.ts";
import type { PeerServices } from "./peer_services.ts";

type DialServices = Pick<PeerServices, "dial" | "neighbourOn">;

export interface DialOutcome {
  readonly connected: (connection: Connection) => void;
  readonly failed: (reason: string) => void;
}

export class PeerDial {
  readonly #services: DialServices;
  readonly #outcome: DialOutcome;
  #current: AbortController | undefined;

  constructor(services: DialServices, outcome: DialOutcome) {
    this.#services = services;
    this.#outcome = outcome;
  }

  /** `address`: unknown where nobody has been on the link of the peer yet. */
  start(config: PeerConfig, address: string | undefined): void {
    const { dial, neighbourOn } = this.#services;
    // The neighbour on a link may have another address than the last one had.
    const target = config.kind === "interface" ? neighbourOn?.(config.interface) ?? address : address;
    const abort = new AbortController();
    this.#current = abort;
    const dialled = target === undefined
      ? Promise.reject(new Error(noNeighbour(config)))
      : dial(config, target, abort.signal);
    dialled.then((connection) => {
      if (abort.signal.aborted) return connection.close();
      this.#current = undefined;
      this.#outcome.connected(connection);
    }, (error) => {
      if (abort.signal.aborted) return;
      this.#current = undefined;
      this.#outcome.failed(error instanceof Error ? error.message : String(error));
    });
  }

  /** No outcome is told any more. */
  cancel(): void {
    this.#current?.abort();
    this.#current = undefined;
  }
}

function noNeighbour(config: PeerConfig): string {
  const link = interfaceOf(config);
  return `the kernel knows no neighbour on ${link}, or several: bgpd waits for one to connect;` +
    ` \`ping ff02::1%${link}\` finds who is there, \`ip -6 neighbour show dev ${link}\` lists them`;
}

function interfaceOf(config: PeerConfig): string {
  return config.kind === "interface" ? config.interface : config.name;
}
