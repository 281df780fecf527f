/**
 * The peers that a command is for. ExaBGP names a neighbor by its address, and by other values of its configuration:
 * `neighbor 10.0.0.2 local-as 65000, neighbor 10.0.0.3 announce …`.
 */

import { canonicalAddress } from "../../types/mod.ts";
import { WrongCommand } from "./words.ts";

/** What commands and messages say of a peer. */
export interface Neighbor {
  /** The name of the peer in bgpd. */
  readonly name: string;
  readonly address: string;
  /** `null`: there was no session yet. */
  readonly localAddress: string | null;
  readonly localAs: number;
  /** `null`: not known yet. */
  readonly peerAs: number | null;
  /** The BGP Identifier of this speaker. */
  readonly routerId: string;
  /** Negotiated, in the words of bgpd. */
  readonly families: readonly string[];
  readonly isEstablished: boolean;
}

/** One description of neighbors. A condition that is absent holds for all. */
export interface Selector {
  /** `*`: all. */
  readonly address: string;
  readonly conditions: readonly (readonly [key: ConditionKey, value: string])[];
}

const keys = ["local-ip", "local-as", "peer-as", "router-id", "family-allowed"] as const;
type ConditionKey = typeof keys[number];

/** Splits a command into the neighbors that it names and the rest; without neighbors, it is for all. */
export function splitSelectors(words: readonly string[]): { selectors: Selector[]; rest: string[] } {
  const selectors: Selector[] = [];
  let at = 0;
  while (words[at] === "neighbor") {
    const address = words[at + 1];
    if (address === undefined) throw new WrongCommand("neighbor needs an address, or *");
    at += 2;
    const conditions: [ConditionKey, string][] = [];
    for (let key = conditionKey(words[at]); key !== undefined; key = conditionKey(words[at])) {
      conditions.push([key, words[at + 1] ?? ""]);
      at += 2;
    }
    selectors.push({ address, conditions });
    if (words[at] === ",") at++;
  }
  return { selectors, rest: words.slice(at) };
}

function conditionKey(word: string | undefined): ConditionKey | undefined {
  return keys.find((key) => key === word);
}

/** The neighbors that match one of the selectors; without selectors, all. */
export function selectedNeighbors(all: readonly Neighbor[], selectors: readonly Selector[]): readonly Neighbor[] {
  return selectors.length === 0 ? all : all.filter((each) => selectors.some((selector) => isMeant(each, selector)));
}

function isMeant(neighbor: Neighbor, { address, conditions }: Selector): boolean {
  const isNamed = address === "*" || (canonicalAddress(address) ?? address) === neighbor.address ||
    address === neighbor.name;
  return isNamed && conditions.every(([key, value]) => holds(neighbor, key, value));
}

function holds(neighbor: Neighbor, key: ConditionKey, value: string): boolean {
  switch (key) {
    case "local-ip":
      return (canonicalAddress(value) ?? value) === neighbor.localAddress;
    case "local-as":
      return value === String(neighbor.localAs);
    case "peer-as":
      return value === String(neighbor.peerAs);
    case "router-id":
      return value === neighbor.routerId;
    case "family-allowed":
      // ExaBGP's sessions are one for all families (`in-open`), or one for each (RFC draft multisession).
      return value === "in-open" || neighbor.families.includes(value.replaceAll(/[-/]/g, " "));
  }
}
