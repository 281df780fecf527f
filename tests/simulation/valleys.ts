/**
 * Business relations in an AS graph, and paths against them: a route goes up to providers, across to one peer at most,
 * and from there down to customers. A path that goes up or across after it went down or across has a valley: somebody
 * carries traffic that nobody pays for (RFC 7908).
 */

import type { RoleName } from "../../src/message/mod.ts";

/** Where a route goes that one AS passes to another. */
export type Direction = "up" | "across" | "down";

const directions: Readonly<Record<RoleName, Direction>> = {
  customer: "up",
  peer: "across",
  provider: "down",
  "rs-client": "across",
  rs: "across",
};

const opposite: Readonly<Record<Direction, Direction>> = { up: "down", across: "across", down: "up" };

export class Relations {
  readonly #directions = new Map<string, Direction>();
  readonly #exchanges = new Set<number>();
  readonly #edges = new Set<number>();

  /** `role`: what the first is to the second. */
  add(one: number, other: number, role: RoleName): void {
    this.#directions.set(`${one} ${other}`, directions[role]);
    this.#directions.set(`${other} ${one}`, opposite[directions[role]]);
  }

  has(one: number, other: number): boolean {
    return this.#directions.has(`${one} ${other}`);
  }

  /** Of a route server: its clients are as peers, whether or not it puts itself into a path. */
  addExchange(asn: number): void {
    this.#exchanges.add(asn);
  }

  isExchange(asn: number): boolean {
    return this.#exchanges.has(asn);
  }

  /** What is behind it in a path is made up. */
  addEdge(asn: number): void {
    this.#edges.add(asn);
  }

  /**
   * The step of the path that should not have been taken, as text. `asns`: from the AS that has the route to where it
   * is from.
   */
  valley(asns: readonly number[]): string | undefined {
    const path = this.#known(asns);
    let falls: string | undefined;
    for (let i = path.length - 1; i > 0; i--) {
      const [from, to] = [path[i]!, path[i - 1]!];
      const direction = this.#directions.get(`${from} ${to}`);
      if (direction === undefined) return `AS ${from} and AS ${to} are no neighbours`;
      if (falls !== undefined && direction !== "down") {
        return `${direction} from AS ${from} to AS ${to}, after ${falls}`;
      }
      if (direction !== "up") falls ??= `${direction} from AS ${from} to AS ${to}`;
    }
    return undefined;
  }

  /** Without repetitions, as far as the graph goes. */
  #known(asns: readonly number[]): number[] {
    const path = asns.filter((asn) => !this.#exchanges.has(asn)).filter((asn, i, all) => asn !== all[i - 1]);
    const end = path.findIndex((asn, i) => i > 0 && !this.#isInGraph(asn));
    const edge = path.findIndex((asn) => this.#edges.has(asn));
    const known = end === -1 ? path : path.slice(0, end);
    return edge === -1 ? known : known.slice(0, edge + 1);
  }

  #isInGraph(asn: number): boolean {
    return [...this.#directions.keys()].some((key) => key.startsWith(`${asn} `));
  }
}
