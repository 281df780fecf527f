/** The block `rpki` of FRR as `[[rpki_caches]]`. */

import { Table, type Value } from "../document.ts";
import type { Draft } from "../draft.ts";
import { NotUnderstood } from "../place.ts";
import type { Block, Line } from "./lines.ts";
import { numberOf } from "./lists.ts";

/** Words of `match rpki`, and of `ovs`. */
export const originStates: Readonly<Record<string, string>> = {
  valid: "valid",
  invalid: "invalid",
  notfound: "not-found",
};

/** Intervals hold for all caches of the block. */
const intervals: Readonly<Record<string, string>> = {
  polling_period: "refresh",
  retry_interval: "retry",
  expire_interval: "expire",
};

export function addRpkiCaches({ lines }: Block, draft: Draft): void {
  const shared = new Map<string, Value>();
  const caches: Table[] = [];
  for (const line of lines) {
    try {
      readLine(line, shared, caches);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      draft.looseComments.push(...draft.notes.leave(line.at, `${line.text}: ${error.message}`));
    }
  }
  for (const cache of caches) for (const [key, value] of shared) cache.keys.set(key, value);
  draft.rpkiCaches.push(...caches);
}

function readLine({ words, isNegated }: Line, shared: Map<string, Value>, caches: Table[]): void {
  const [, option = "", ...rest] = words;
  if (isNegated) return;
  const interval = intervals[option];
  if (interval !== undefined) return void shared.set(interval, numberOf(rest[0]));
  if (option !== "cache") throw new NotUnderstood("bgpd has no such option");
  const [host = "", port = ""] = rest[0] === "tcp" ? rest.slice(1) : rest;
  const preference = rest.indexOf("preference");
  const plain = preference === -1 ? rest.length : preference;
  if (rest[0] === "ssh" || (rest[0] !== "tcp" && plain > 2 && rest[2] !== "source")) {
    throw new NotUnderstood("bgpd does not speak SSH to caches");
  }
  if (!/^[\d.]+$|:/.test(host)) throw new NotUnderstood("bgpd needs the address of the cache");
  const address = host.includes(":") ? `[${host}]:${numberOf(port)}` : `${host}:${numberOf(port)}`;
  const cache = new Table("rpki_caches", [["address", address]]);
  if (preference !== -1) cache.keys.set("preference", numberOf(rest[preference + 1]));
  caches.push(cache);
}
