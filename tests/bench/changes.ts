/** Changes of a table, encoded in advance and taken one after the other, in rounds. */

import { UpdateEncoder } from "../../src/message/mod.ts";
import type { Table } from "./table.ts";
import { encodeChange, updateContext, withdrawn } from "./updates.ts";

/** Which places of the table change. */
export interface ChangedPlaces {
  readonly from: number;
  readonly count: number;
  /** There is a second round of them. */
  readonly again: boolean;
  /** A fifth of the first round are withdrawals, which the second round brings back. */
  readonly withdraws: boolean;
}

export class Changes {
  /** How many a round has. */
  readonly count: number;
  readonly #from: number;
  readonly #withdraws: boolean;
  readonly #rounds: readonly Uint8Array[][];
  #taken = 0;

  constructor(table: Table, asn: number, places: ChangedPlaces) {
    this.count = places.count;
    this.#from = places.from;
    this.#withdraws = places.withdraws;
    this.#rounds = (places.again ? [0, 1] : [0]).map((round) => this.#encode(table, asn, round));
  }

  /**
   * The octets of the next changes, in order. Their time is noted in `sentAt` by place. `ended`: how many routes they
   * replace or withdraw.
   */
  take(count: number, at: number, sentAt: Float64Array): { bytes: Uint8Array; ended: number } {
    const taken: Uint8Array[] = [];
    let length = 0, ended = 0;
    for (let i = 0; i < count; i++, this.#taken++) {
      const place = this.#taken % this.count, round = Math.floor(this.#taken / this.count) % this.#rounds.length;
      const bytes = this.#rounds[round]![place]!;
      taken.push(bytes);
      length += bytes.length;
      if (!(this.#isWithdrawn(place) && round === 1)) ended++;
      sentAt[this.#from + place] = at;
    }
    if (taken.length === 1) return { bytes: taken[0]!, ended };
    const bytes = new Uint8Array(length);
    let offset = 0;
    for (const one of taken) {
      bytes.set(one, offset);
      offset += one.length;
    }
    return { bytes, ended };
  }

  /** In its round, whether the change at this place is a withdrawal, or the way back from one. */
  #isWithdrawn(place: number): boolean {
    return this.#withdraws && place % 5 === 4;
  }

  /** Each of round 1 has another attribute set than in round 0. */
  #encode(table: Table, asn: number, round: number): Uint8Array[] {
    const encoder = new UpdateEncoder(updateContext(asn));
    const encoded: Uint8Array[] = [];
    let group = 0;
    for (let place = 0; place < this.count; place++) {
      const at = this.#from + place;
      while (table.groups[group + 1]! <= at) group++;
      const version = this.#isWithdrawn(place) && round === 0 ? withdrawn : 1 + place + 7919 * round;
      encodeChange(encoder, table, at, group, asn, version);
      encoded.push(encoder.take());
    }
    return encoded;
  }
}
