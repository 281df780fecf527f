/**
 * Strangers: addresses that connect and that no peer has. The log says once in five minutes which lines of the
 * configuration accept the stranger. The OPEN that the stranger sends names its AS.
 */

import { type Asn, limits, type Millis } from "../../types/mod.ts";
import { decodeOpen, frameAt, MessageType, messageType } from "../../message/mod.ts";
import type { Clock, Connection } from "../../transport/mod.ts";

/** The log introduces an address once in this time. */
const silenceMs = 300_000;
/** How many addresses bgpd remembers; it forgets the oldest one first. */
const remembered = 1000;
/** How long bgpd waits for the OPEN of a stranger, and of how many at a time: each holds a file descriptor. */
const openWithinMs = 1000;
const listenedTo = 8;

/** What the lines for the configuration depend on. */
export interface Household {
  /** The configuration file and the database, as absolute paths. */
  readonly file: string;
  readonly database: string;
  /** The file has no `default_as`, so that each peer needs `local_as`. */
  readonly needsLocalAs: boolean;
}

export class Strangers {
  readonly #clock: Clock;
  /** Address → when it was introduced last, monotonic; in this order. */
  readonly #introduced = new Map<string, Millis>();
  #listening = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True where the log should say who this is; not again in the next minutes. */
  isNew(address: string): boolean {
    const now = this.#clock.monotonic();
    const before = this.#introduced.get(address);
    if (before !== undefined && now - before < silenceMs) return false;
    this.#introduced.delete(address);
    this.#introduced.set(address, now);
    const [oldest] = this.#introduced.keys();
    if (this.#introduced.size > remembered && oldest !== undefined) this.#introduced.delete(oldest);
    return true;
  }

  /** The AS of the OPEN that the stranger sends; `undefined`: no OPEN came in time. Never rejects. */
  async asOf(connection: Connection): Promise<Asn | undefined> {
    if (this.#listening >= listenedTo) return undefined;
    this.#listening++;
    const late = Promise.withResolvers<undefined>();
    const timer = this.#clock.setTimer(this.#clock.monotonic() + openWithinMs, () => late.resolve(undefined));
    try {
      return await Promise.race([readAs(connection), late.promise]);
    } finally {
      timer.clear();
      this.#listening--;
    }
  }
}

async function readAs(connection: Connection): Promise<Asn | undefined> {
  const buffer = new Uint8Array(limits.messageBytes);
  try {
    for (let filled = 0;;) {
      const count = await connection.read(buffer.subarray(filled));
      if (count === null) return undefined;
      filled += count;
      const length = frameAt(buffer, 0, filled, limits.messageBytes);
      if (length === undefined) continue;
      if (typeof length !== "number" || messageType(buffer, 0) !== MessageType.open) return undefined;
      const result = decodeOpen(buffer.slice(0, length));
      return result.kind === "open" ? result.open.asn : undefined;
    }
  } catch {
    // The connection broke.
    return undefined;
  }
}

/** The line about a stranger, and the lines for the configuration below it. */
export function introduction(
  address: string,
  asn: Asn | undefined,
  household: Household | undefined,
): { readonly text: string; readonly lines: readonly string[] } {
  const { file = "the configuration file", database, needsLocalAs = false } = household ?? {};
  const where = database === undefined ? "" : ` -d ${database}`;
  const command = `bgpd peer add ${address} --remote-as ${asn ?? "AS"}${needsLocalAs ? " --set local_as=AS" : ""}`;
  return {
    text: `no such peer; to accept it, add these lines to ${file} and run \`bgpd reload${where}\`, ` +
      `or run \`${command}${where}\``,
    lines: [
      "[[peers]]",
      `remote_ip = "${address}"`,
      asn === undefined ? "remote_as =   # ask the operator of the peer for its AS" : `remote_as = ${asn}`,
      ...needsLocalAs ? ["local_as =   # our AS towards this peer; the file has no default_as"] : [],
    ],
  };
}
