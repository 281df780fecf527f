/**
 * The rows of RPKI caches and files, collected and written with the next transaction, and what a restart goes on from.
 */

import type { RtrTiming, RtrVersion } from "../../rpki/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { Database } from "../sqlite.ts";

/** The state of a cache, or of a file. */
export interface RpkiSourceRow {
  readonly name: string;
  readonly kind: "cache" | "file" | "exceptions";
  readonly address: string;
  readonly state: string;
  readonly version: number | undefined;
  readonly sessionId: number | undefined;
  readonly serial: number | undefined;
  readonly vrps: number;
  readonly aspas: number;
  readonly isInUse: boolean;
  readonly refreshedAt: Millis | undefined;
  readonly expiresAt: Millis | undefined;
  readonly error: string | undefined;
  readonly errorAt: Millis | undefined;
  /** The data that the session ID and the serial number stand for; `null`: none; left out: as before. */
  readonly data?: { readonly octets: Uint8Array; readonly timing: RtrTiming } | null;
}

/** The data of a cache as an earlier run left them. */
export interface SavedRpkiCache {
  readonly name: string;
  readonly version: RtrVersion;
  readonly sessionId: number;
  readonly serial: number;
  readonly timing: RtrTiming;
  /** In milliseconds since 1970. */
  readonly refreshedAt: Millis;
  readonly expiresAt: Millis;
  readonly data: Uint8Array;
}

const state = [
  "kind",
  "address",
  "state",
  "vrps",
  "aspas",
  "in_use",
  "refreshed_at",
  "expires_at",
  "error",
  "error_at",
] as const;
/** What belongs to the stored data. */
const stored = ["version", "session_id", "serial", "refresh", "retry", "expire", "data"] as const;

export class RpkiSourceRows {
  readonly #db: Database;
  readonly #rows = new Map<string, RpkiSourceRow>();
  readonly #gone = new Set<string>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** `gone`: names of sources that are not configured any more. */
  put(rows: readonly RpkiSourceRow[], gone: readonly string[]): void {
    for (const name of gone) {
      this.#rows.delete(name);
      this.#gone.add(name);
    }
    for (const row of rows) {
      const waiting = this.#rows.get(row.name);
      this.#gone.delete(row.name);
      this.#rows.set(row.name, row.data === undefined && waiting?.data !== undefined ? withData(row, waiting) : row);
    }
  }

  get waiting(): boolean {
    return this.#rows.size + this.#gone.size > 0;
  }

  write(): void {
    for (const name of this.#gone) this.#db.prepare("DELETE FROM rpki_sources WHERE name = ?").run(name);
    for (const row of this.#rows.values()) {
      this.#upsert(row.name, state, [
        row.kind,
        row.address,
        row.state,
        row.vrps,
        row.aspas,
        row.isInUse ? 1 : 0,
        row.refreshedAt ?? null,
        row.expiresAt ?? null,
        row.error ?? null,
        row.errorAt ?? null,
      ]);
      const { data } = row;
      if (data === undefined) continue;
      this.#upsert(row.name, stored, [
        row.version ?? null,
        row.sessionId ?? null,
        row.serial ?? null,
        data?.timing.refresh ?? null,
        data?.timing.retry ?? null,
        data?.timing.expire ?? null,
        data?.octets ?? null,
      ]);
    }
  }

  /** The collected rows are committed. */
  written(): void {
    this.#rows.clear();
    this.#gone.clear();
  }

  /** The sources of the last run. */
  names(): string[] {
    return this.#db.prepare("SELECT name FROM rpki_sources").all().map(([name]) => String(name));
  }

  saved(): SavedRpkiCache[] {
    return this.#db.prepare(
      "SELECT name, version, session_id, serial, refresh, retry, expire, refreshed_at, expires_at, data" +
        " FROM rpki_sources WHERE data IS NOT NULL AND session_id IS NOT NULL AND expires_at IS NOT NULL",
    ).all().flatMap(([name, version, sessionId, serial, refresh, retry, expire, refreshedAt, expiresAt, data]) => {
      if (!(data instanceof Uint8Array) || ![0, 1, 2].includes(Number(version))) return [];
      return [{
        name: String(name),
        version: Number(version) as RtrVersion,
        sessionId: Number(sessionId),
        serial: Number(serial),
        timing: { refresh: Number(refresh), retry: Number(retry), expire: Number(expire) },
        refreshedAt: Number(refreshedAt),
        expiresAt: Number(expiresAt),
        data,
      }];
    });
  }

  #upsert(name: string, columns: readonly string[], values: (string | number | Uint8Array | null)[]): void {
    const marks = columns.map(() => "?").join(", ");
    const updates = columns.map((column) => `${column} = excluded.${column}`).join(", ");
    this.#db.prepare(
      `INSERT INTO rpki_sources(name, ${
        columns.join(", ")
      }) VALUES(?, ${marks}) ON CONFLICT(name) DO UPDATE SET ${updates}`,
    ).run(name, ...values);
  }
}

/** A state with the data that wait for their transaction. The next run asks for what followed their serial. */
function withData(row: RpkiSourceRow, { version, sessionId, serial, data }: RpkiSourceRow): RpkiSourceRow {
  return { ...row, version, sessionId, serial, ...data === undefined ? {} : { data } };
}
