/**
 * The time from a change on a peer's socket to the row that other programs see, sampled while the table keeps changing.
 */

import { sleep } from "../support/wait.ts";
import type { Bgpd } from "./daemons/mod.ts";
import { clock } from "./session.ts";
import { prefixText, type Table } from "./table.ts";

const sampleEveryMs = 20;
const pollMs = 4;
const outstandingMost = 100;

interface Sample {
  readonly at: number;
  readonly prefixId: number;
  readonly before: number;
}

export class SqlLatency {
  readonly #bgpd: Bgpd;
  readonly #table: Table;
  readonly #sentAt: Float64Array;
  #ended = false;

  constructor(bgpd: Bgpd, table: Table, sentAt: Float64Array) {
    this.#bgpd = bgpd;
    this.#table = table;
    this.#sentAt = sentAt;
  }

  /** No more samples. */
  end(): void {
    this.#ended = true;
  }

  /** Milliseconds of each sample among the first `count` prefixes, which change in order, each once. */
  async watch(count: number): Promise<number[]> {
    const reader = this.#bgpd.reader;
    const id = reader.prepare("SELECT id FROM prefixes WHERE prefix = ?");
    const set = reader.prepare("SELECT attribute_id FROM routes WHERE peer_id = ? AND prefix_id = ? AND path_id = -1");
    const peerId = this.#bgpd.value("SELECT id FROM peers WHERE remote_ip = ?", this.#sender);
    const setOf = (prefixId: number) => Number(set.get(peerId, prefixId)?.["attribute_id"] ?? 0);
    const delays: number[] = [];
    let outstanding: Sample[] = [];
    let position = 0;
    for (let next = 0; !this.#ended || outstanding.length > 0;) {
      while (position < count && this.#sentAt[position] !== 0) position++;
      if (!this.#ended && clock() >= next && outstanding.length < outstandingMost) {
        next = clock() + sampleEveryMs;
        // A little ahead of the churn, so that what stood before is known for sure.
        const at = position + 20;
        const prefixId = at < count ? Number(id.get(prefixText(this.#table, at))?.["id"] ?? 0) : 0;
        if (prefixId !== 0) {
          const before = setOf(prefixId);
          if (this.#sentAt[at] === 0) outstanding.push({ at, prefixId, before });
        }
      }
      const now = clock();
      outstanding = outstanding.filter(({ at, prefixId, before }) => {
        if (this.#sentAt[at] === 0) return !this.#ended;
        if (setOf(prefixId) === before) return now - this.#sentAt[at]! < 30_000;
        delays.push(now - this.#sentAt[at]!);
        return false;
      });
      await sleep(pollMs);
    }
    return delays;
  }

  get #sender(): string {
    return this.#bgpd.options.peers.find(({ role }) => role === "sender")!.address;
  }
}
