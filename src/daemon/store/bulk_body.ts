/**
 * The body of `POST /announcements/bulk`: JSON with many announcements. The store thread reads it, and without a schema
 * library: the main thread would be busy for a second with 100,000 of them.
 */

import {
  announcementColumns,
  type AnnouncementSource,
  type AnnouncementText,
  type Author,
  blankAnnouncement,
  type DestinationText,
  StoreError,
} from "../../store/mod.ts";

/** Announcements and withdrawals, or a part of them. */
export interface BulkPart {
  readonly announce: readonly AnnouncementText[];
  readonly withdraw: readonly DestinationText[];
  readonly author: Author;
  /** All parts with this name are one change; without a name, this part is the whole change. */
  readonly transaction: string | undefined;
  /** More parts follow. */
  readonly more: boolean;
}

const columns: ReadonlyMap<string, string> = new Map(
  announcementColumns.split(", ").map((name) => [name, name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase())]),
);
const destinationColumns: ReadonlyMap<string, string> = new Map(
  ["prefix", "peer", "family", "rd", "rule", "nlri"].map((name) => [name, name]),
);

/** Throws {@link StoreError} where the body has another shape. */
export function readBulkBody(octets: Uint8Array, client: string | undefined): BulkPart {
  const { announce = [], withdraw = [], source = "api", transaction, more = false, ...others } = objectIn(octets);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new StoreError(`unknown key "${unknown}"`);
  if (typeof source !== "string" || !/^(api|command|exabgp:.+)$/s.test(source)) {
    throw new StoreError('source must be "api", "command" or "exabgp:NAME"');
  }
  if (typeof more !== "boolean") throw new StoreError("more must be true or false");
  const name = transaction ?? undefined;
  if (name !== undefined && (typeof name !== "string" || name === "" || name.length > 100)) {
    throw new StoreError("transaction must be a text of 1 to 100 characters");
  }
  return {
    announce: rowsIn(announce, "announce", columns).map((row) =>
      ({ ...blankAnnouncement, ...row }) as AnnouncementText
    ),
    withdraw: rowsIn(withdraw, "withdraw", destinationColumns) as DestinationText[],
    author: { source: source as AnnouncementSource, client },
    transaction: name,
    more,
  };
}

function objectIn(octets: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(octets));
  } catch (error) {
    throw new StoreError(`the body is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (!isObject(value)) throw new StoreError("the body must be an object");
  return value;
}

function rowsIn(list: unknown, name: string, known: ReadonlyMap<string, string>): Record<string, unknown>[] {
  if (!Array.isArray(list)) throw new StoreError(`${name} must be a list`);
  return list.map((row: unknown, i) => {
    if (!isObject(row)) throw new StoreError(`${name} ${i + 1}: it must be an object`);
    const text: Record<string, unknown> = {};
    for (const key of Object.keys(row)) {
      const column = known.get(key);
      if (column === undefined) throw new StoreError(`${name} ${i + 1}: unknown key "${key}"`);
      text[column] = cellOf(row[key], `${name} ${i + 1}: ${key}`);
    }
    return text;
  });
}

/** A text, a number, or a list of both as answers about routes have it. */
function cellOf(value: unknown, place: string): string | number | null {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  const isList = Array.isArray(value) && value.every((word) => typeof word === "string" || typeof word === "number");
  if (isList) return value.join(" ");
  throw new StoreError(`${place} must be text or a list of words`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
