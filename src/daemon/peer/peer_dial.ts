/** Dials a peer: one attempt at a time, which can be cancelled. */

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

  /** `address`: `undefined` where nobody has been seen yet on the link of a peer with `interface`. */
  start(config: PeerConfig, address: string | undefined): void {
    const { dial, neighbourOn } = this.#services;
    // There may be a new neighbour on the link, with another address.
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

  /** The outcome of the attempt is not reported any more. */
  cancel(): void {
    this.#current?.abort();
    this.#current = undefined;
  }
}

function noNeighbour(config: PeerConfig): string {
  const link = interfaceOf(config);
  return `the kernel lists no neighbour on ${link}, or several: bgpd waits until one connects;` +
    ` \`ping ff02::1%${link}\` finds who is there, \`ip -6 neighbour show dev ${link}\` lists them`;
}

function interfaceOf(config: PeerConfig): string {
  return config.kind === "interface" ? config.interface : config.name;
}
