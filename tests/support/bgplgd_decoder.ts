/**
 * What clients of bgplgd read, for tests: the rules of the source `openbgpd-bgplgd` of Alice-LG, written anew and
 * strict, and the types that bgpctl gives each member (output_json.c). What stops a client or becomes a default is an
 * error here.
 */

import { array, number, object, string } from "./alice_decoder.ts";

type Json = Parameters<typeof object>[0];

export interface LgNeighbor {
  readonly address: string;
  readonly asn: number;
  readonly state: string;
  readonly description: string;
  readonly received: number;
  readonly sent: number;
  readonly uptimeSeconds: number;
}

export interface LgRoute {
  readonly neighbor: string;
  readonly prefix: string;
  readonly asPath: readonly number[];
  readonly nextHop: string;
  readonly localPref: number;
  readonly best: boolean;
  readonly valid: boolean;
  readonly filtered: boolean;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly extCommunities: readonly string[];
}

export function lgNeighbors(text: string): LgNeighbor[] {
  return array(object(JSON.parse(text), "body")["neighbors"], "neighbors").map((value) => {
    const neighbor = object(value, "neighbor");
    const prefixes = object(object(neighbor["stats"], "stats")["prefixes"], "prefixes");
    return {
      ...summaryOf(neighbor),
      received: number(prefixes["received"], "received"),
      sent: number(prefixes["sent"], "sent"),
    };
  });
}

/** `/summary`: states by BGP Identifier; without a session there is none. */
export function lgStates(text: string): [id: string, state: string][] {
  return array(object(JSON.parse(text), "body")["neighbors"], "neighbors").map((value) => {
    const neighbor = object(value, "neighbor");
    summaryOf(neighbor);
    const id = neighbor["bgpid"];
    return [id === undefined ? "undefined" : string(id, "bgpid"), string(neighbor["state"], "state").toLowerCase()];
  });
}

function summaryOf(neighbor: { [key: string]: Json & unknown }): Omit<LgNeighbor, "received" | "sent"> {
  const asn = string(neighbor["remote_as"] as Json, "remote_as");
  if (!/^\d+$/.test(asn)) throw new Error(`remote_as "${asn}" is no number`);
  const description = neighbor["description"] as Json | undefined;
  return {
    address: string(neighbor["remote_addr"] as Json, "remote_addr"),
    asn: Number(asn),
    state: string(neighbor["state"] as Json, "state").toLowerCase(),
    description: description === undefined ? "" : string(description, "description"),
    uptimeSeconds: timeFrame(string(neighbor["last_updown"] as Json, "last_updown")),
  };
}

export function lgRoutes(text: string): LgRoute[] {
  return array(object(JSON.parse(text), "body")["rib"], "rib").map((value) => {
    const route = object(value, "route");
    const flag = (name: string) => {
      if (route[name] === undefined || typeof route[name] === "boolean") return route[name] === true;
      throw new Error(`${name} is ${JSON.stringify(route[name])}, not true or false`);
    };
    const list = (name: string, form: RegExp) =>
      route[name] === undefined ? [] : array(route[name], name).map((each) => {
        if (!form.test(string(each, name))) throw new Error(`${name} "${each}" cannot be decoded`);
        return String(each);
      });
    timeFrame(string(route["last_update"], "last_update"));
    for (const name of ["metric", "weight", "last_update_sec"]) number(route[name], name);
    for (const [name, words] of Object.entries(enumerations)) {
      if (!words.includes(string(route[name], name))) throw new Error(`${name} is ${route[name]}`);
    }
    const neighbor = object(route["neighbor"], "neighbor");
    string(neighbor["bgp_id"], "bgp_id");
    string(route["exit_nexthop"], "exit_nexthop");
    return {
      neighbor: string(neighbor["remote_addr"], "remote_addr"),
      prefix: string(route["prefix"], "prefix"),
      // What stands in a set or is a brace is no number, and dropped.
      asPath: string(route["aspath"], "aspath").split(" ").filter((word) => /^\d+$/.test(word)).map(Number),
      nextHop: string(route["true_nexthop"], "true_nexthop"),
      localPref: number(route["localpref"], "localpref"),
      best: flag("best"),
      valid: flag("valid"),
      filtered: flag("filtered"),
      communities: list("communities", /^(\d+:\d+|[A-Z_]+)$/),
      largeCommunities: list("large_communities", /^\d+:\d+:\d+$/),
      extCommunities: list("extended_communities", /^(\S+ \S+|0x[\da-f]+)$/),
    };
  });
}

const enumerations: Readonly<Record<string, readonly string[]>> = {
  origin: ["IGP", "EGP", "incomplete"],
  ovs: ["valid", "invalid", "not-found"],
  avs: ["valid", "invalid", "unknown"],
  source: ["internal", "external"],
};

/** `01w3d01h`, `1d02h03m`, `01:02:03`, or `Never`. */
function timeFrame(text: string): number {
  if (text === "Never") return 0;
  const numbers = (form: RegExp) => form.exec(text)?.slice(1).map(Number);
  const weeks = numbers(/^(\d\d+)w(\d)d(\d\d)h$/), days = numbers(/^(\d)d(\d\d)h(\d\d)m$/);
  const hours = numbers(/^(\d\d):(\d\d):(\d\d)$/);
  if (weeks !== undefined) return weeks[0]! * 604_800 + weeks[1]! * 86_400 + weeks[2]! * 3600;
  if (days !== undefined) return days[0]! * 86_400 + days[1]! * 3600 + days[2]! * 60;
  if (hours !== undefined) return hours[0]! * 3600 + hours[1]! * 60 + hours[2]!;
  throw new Error(`"${text}" is no time frame`);
}
