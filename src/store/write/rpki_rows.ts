/**
 * Writes which VRPs and ASPAs count, and since when: a change ends a row or begins one. After a restart the sources
 * tell everything again. What they tell unchanged goes on; what they do not tell has ended.
 */

import type { StoreEvent } from "../../rib/mod.ts";
import { type AspaChange, vrpAt, vrpStride } from "../../rpki/mod.ts";
import { formatPrefix, IPV4_UNICAST, IPV6_UNICAST, type Millis } from "../../types/mod.ts";
import type { Database } from "../sqlite.ts";

type RpkiEvent = Extract<StoreEvent, { kind: "vrps" | "aspas" | "rpkiComplete" }>;

/** `to_ms` of what counts now: the end of year 9999. */
const endOfTime = 253_402_300_799_999;

export class RpkiRows {
  readonly #db: Database;
  /** Distinguishes this run from earlier ones. */
  readonly #run: number;
  #isComplete = false;

  constructor(db: Database, run: Millis) {
    this.#db = db;
    this.#run = run;
  }

  write(event: RpkiEvent): void {
    switch (event.kind) {
      case "vrps":
        return this.#writeVrps(event.rows, event.at);
      case "aspas":
        return this.#writeAspas(event.changes, event.at);
      case "rpkiComplete":
        return this.#complete(event.at);
      default:
        event satisfies never;
    }
  }

  /** `rows`: as in {@link vrpAt}. `at`: since when they count, or no longer. */
  #writeVrps(rows: Int32Array, at: Millis): void {
    const key = "hi = (?1 << 32) | ?2 AND lo = (?3 << 32) | ?4 AND len = ?5 AND family = ?6 AND asn = ?7" +
      ` AND max_length = ?8 AND to_ms = ${endOfTime}`;
    const confirm = this.#db.prepare(`UPDATE vrp_intervals SET run = ?9 WHERE ${key}`);
    const end = this.#db.prepare(`UPDATE vrp_intervals SET to_ms = ?9 WHERE ${key}`);
    const begin = this.#db.prepare(
      "INSERT OR REPLACE INTO vrp_intervals(hi, lo, len, family, asn, max_length, from_ms, to_ms, prefix, run)" +
        ` VALUES((?1 << 32) | ?2, (?3 << 32) | ?4, ?5, ?6, ?7, ?8, ?9, ${endOfTime}, ?10, ?11)`,
    );
    for (let row = 0; row < rows.length; row += vrpStride) {
      const isIpv4 = rows[row + 1] === 1;
      const w0 = rows[row + 2]!, asn = rows[row + 8]! >>> 0;
      const address = isIpv4 ? [0, w0 >>> 0, 0, 0] : [w0, rows[row + 3]! >>> 0, rows[row + 4]!, rows[row + 5]! >>> 0];
      const family = isIpv4 ? IPV4_UNICAST : IPV6_UNICAST;
      const values = [...address, rows[row + 6]!, family, asn, rows[row + 7]!];
      if (rows[row] === 0) end.run(...values, at);
      else if (confirm.run(...values, this.#run) === 0) {
        begin.run(...values, at, formatPrefix(vrpAt(rows, row).prefix), this.#run);
      }
    }
  }

  #writeAspas(changes: readonly AspaChange[], at: Millis): void {
    const now = `WHERE customer = ? AND to_ms = ${endOfTime}`;
    const known = this.#db.prepare(`SELECT providers FROM aspa_intervals ${now}`);
    const confirm = this.#db.prepare(`UPDATE aspa_intervals SET run = ? ${now}`);
    const end = this.#db.prepare(`UPDATE aspa_intervals SET to_ms = ? ${now}`);
    const begin = this.#db.prepare(
      "INSERT OR REPLACE INTO aspa_intervals(customer, from_ms, to_ms, providers, run)" +
        ` VALUES(?, ?, ${endOfTime}, ?, ?)`,
    );
    for (const { customer, providers } of changes) {
      const text = providers?.join(" ");
      const before = known.get(customer)?.[0];
      if (text !== undefined && before === text) {
        confirm.run(this.#run, customer);
        continue;
      }
      if (before !== undefined) end.run(at, customer);
      if (text !== undefined) begin.run(customer, at, text, this.#run);
    }
  }

  /** All that counts is announced: what an earlier run left and nobody announced again has ended. */
  #complete(at: Millis): void {
    if (this.#isComplete) return;
    for (const table of ["vrp_intervals", "aspa_intervals"]) {
      this.#db.prepare(`UPDATE ${table} SET to_ms = ? WHERE to_ms = ${endOfTime} AND run <> ?`).run(at, this.#run);
    }
    this.#isComplete = true;
  }
}
