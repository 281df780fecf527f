/** One dial of a peer at a time, which may be given up while it goes on. */

import type { PeerConfig } from "../config/mod.ts";
import type { Connection } from "../transport/mod.ts";
import type { Dial } from "./peer_services.ts";

export interface DialOutcome {
  readonly connected: (connection: Connection) => void;
  readonly failed: (reason: string) => void;
}

export class PeerDial {
  readonly #dial: Dial;
  readonly #outcome: DialOutcome;
  #current: AbortController | undefined;

  constructor(dial: Dial, outcome: DialOutcome) {
    this.#dial = dial;
    this.#outcome = outcome;
  }

  /** `address`: unknown where nobody has been on the link of the peer yet. */
  start(config: PeerConfig, address: string | undefined): void {
    const abort = new AbortController();
    this.#current = abort;
    const dialled = address === undefined
      ? Promise.reject(new Error(`no neighbour has connected over ${interfaceOf(config)} yet: bgpd waits for one`))
      : this.#dial(config, address, abort.signal);
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

function interfaceOf(config: PeerConfig): string {
  return config.kind === "interface" ? config.interface : config.name;
}
