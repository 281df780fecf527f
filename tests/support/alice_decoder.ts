/**
 * What Alice-LG 6.x makes of answers, for tests: the rules of its decoders, written anew and strict. What stops
 * Alice-LG (a type assertion in Go) and what it drops without a word (a number that is no text, a time in another
 * layout) is an error here. Sources: pkg/sources/birdwatcher, pkg/sources/openbgpd and pkg/decoders of alice-lg.
 */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

export interface AliceNeighbor {
  readonly id: string;
  readonly address: string;
  readonly asn: number;
  readonly state: string;
  readonly description: string;
  readonly received: number;
  readonly accepted: number;
  readonly filtered: number;
  readonly exported: number;
  readonly preferred: number;
  readonly channels: Readonly<Record<string, number>>;
}

export interface AliceRoute {
  readonly neighborId: string;
  readonly network: string;
  readonly gateway: string;
  readonly learntFrom: string;
  readonly primary: boolean;
  readonly asPath: readonly number[];
  readonly nextHop: string;
  readonly localPref: number;
  readonly med: number;
  readonly otc: number | undefined;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly extCommunities: readonly string[];
}

/** The layouts of examples/alice.conf, as expressions: `servertime`, and `servertime_short` and `servertime_ext`. */
const serverTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const shortTime = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

/** The meta data that every answer has. Throws where Alice-LG stops or takes a default. */
export function aliceMeta(body: JsonObject): { version: string; fromCache: boolean } {
  if (typeof body["error"] === "string") throw new Error(`bird error: ${body["error"]}`);
  const api = object(body["api"], "api");
  time(body["ttl"], serverTime, "ttl");
  const cachedAt = object(object(api["cache_status"], "cache_status")["cached_at"], "cached_at");
  time(cachedAt["date"], serverTime, "cached_at.date");
  return { version: string(api["Version"], "Version"), fromCache: boolean(api["result_from_cache"], "from cache") };
}

export function aliceStatus(text: string): Readonly<Record<string, string>> {
  const body = JSON.parse(text) as JsonObject;
  aliceMeta(body);
  const status = object(body["status"], "status");
  time(status["current_server"], shortTime, "current_server");
  time(status["last_reboot"], shortTime, "last_reboot");
  time(status["last_reconfig"], shortTime, "last_reconfig");
  for (const name of ["version", "message"]) string(status[name], name);
  return status as Record<string, string>;
}

/** `/protocols/bgp`, by id. */
export function aliceNeighbors(text: string): Map<string, AliceNeighbor> {
  const body = JSON.parse(text) as JsonObject;
  aliceMeta(body);
  return new Map(
    Object.entries(object(body["protocols"], "protocols")).map(([id, value]) => {
      const protocol = object(value, id);
      const routes = object(protocol["routes"], `${id}.routes`);
      time(protocol["state_changed"], shortTime, `${id}.state_changed`);
      const channels = Object.entries(object(protocol["channels"], `${id}.channels`)).map(([name, channel]) => {
        const counts = object(object(channel, name)["routes_count"], `${name}.routes_count`);
        return [name, number(counts["imported"], name) + number(counts["filtered"], name)] as const;
      });
      return [id, {
        id,
        address: string(protocol["neighbor_address"], "neighbor_address"),
        asn: number(protocol["neighbor_as"], "neighbor_as"),
        state: string(protocol["state"], "state").toLowerCase(),
        description: string(protocol["description"], "description"),
        received: number(routes["imported"], "imported") + number(routes["filtered"], "filtered"),
        accepted: number(routes["imported"], "imported"),
        filtered: number(routes["filtered"], "filtered"),
        exported: number(routes["exported"], "exported"),
        preferred: number(routes["preferred"], "preferred"),
        channels: Object.fromEntries(channels),
      }];
    }),
  );
}

/** `/protocols/short`: states by id. */
export function aliceStates(text: string): Map<string, string> {
  const body = JSON.parse(text) as JsonObject;
  aliceMeta(body);
  return new Map(
    Object.entries(object(body["protocols"], "protocols")).map(([id, value]) => {
      const protocol = object(value, id);
      time(protocol["since"], shortTime, "since");
      return [id, string(protocol["state"], "state")];
    }),
  );
}

/** An answer with `routes`. Alice-LG reads it as a stream: `api` and `ttl` must come, and the array must end. */
export function aliceRoutes(text: string): AliceRoute[] {
  const body = JSON.parse(text) as JsonObject;
  aliceMeta(body);
  return array(body["routes"], "routes").map((value) => {
    const route = object(value, "route");
    const network = string(route["network"], "network");
    time(route["age"], shortTime, `${network}: age`);
    array(route["type"], "type").forEach((each) => string(each, "type"));
    number(route["metric"], "metric");
    string(route["interface"], "interface");
    const gateway = string(route["gateway"], "gateway");
    const bgp = object(route["bgp"], "bgp");
    string(bgp["origin"], "origin");
    return {
      neighborId: string(route["from_protocol"], "from_protocol"),
      network,
      gateway,
      learntFrom: string(route["learnt_from"], "learnt_from") || gateway,
      primary: boolean(route["primary"], "primary"),
      // A token of an AS_SET is dropped, as it is with BIRD.
      asPath: array(bgp["as_path"], "as_path").map((each) => string(each, "as_path"))
        .filter((each) => !/[{(]/.test(each)).map((each) => atoi(each, "as_path")),
      nextHop: string(bgp["next_hop"], "next_hop"),
      localPref: atoi(string(bgp["local_pref"], "local_pref"), "local_pref"),
      med: bgp["med"] === undefined ? 0 : atoi(string(bgp["med"], "med"), "med"),
      otc: bgp["otc"] === undefined ? undefined : atoi(string(bgp["otc"], "otc"), "otc"),
      communities: communities(bgp["communities"], 2),
      largeCommunities: communities(bgp["large_communities"], 3),
      extCommunities: extCommunities(bgp["ext_communities"]),
    };
  });
}

/** What the page of a neighbor shows, from `/routes/protocol` and `/routes/filtered`. */
export function aliceRoutesOfNeighbor(received: readonly AliceRoute[], filtered: readonly AliceRoute[]) {
  const first = received[0];
  const kept = first === undefined
    ? filtered
    : filtered.filter(({ gateway, learntFrom }) =>
      gateway === first.gateway || gateway === first.learntFrom || learntFrom === first.gateway
    );
  const byNetwork = new Map(received.map((route) => [route.network, route]));
  for (const { network } of kept) byNetwork.delete(network);
  return { imported: [...byNetwork.values()], filtered: kept };
}

function communities(value: Json | undefined, length: number): string[] {
  return array(value, "communities").map((each) => {
    const parts = array(each, "community").map((part) => number(part, "community"));
    if (parts.length !== length) throw new Error(`a community has ${parts.length} parts, not ${length}`);
    return parts.join(":");
  });
}

function extCommunities(value: Json | undefined): string[] {
  return array(value, "ext_communities").map((each) => {
    const parts = array(each, "ext_community").map((part) => string(part, "ext_community"));
    if (parts.length !== 3) throw new Error(`ignoring malformed ext community: ${JSON.stringify(each)}`);
    return parts.join(":");
  });
}

export function object(value: Json | undefined, name: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Error(`panic: ${name} is ${JSON.stringify(value)}, not an object`);
}

export function array(value: Json | undefined, name: string): Json[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${name} is ${JSON.stringify(value)}, not a list`);
}

export function string(value: Json | undefined, name: string): string {
  if (typeof value === "string") return value;
  throw new Error(`${name} is ${JSON.stringify(value)}, not a text`);
}

export function number(value: Json | undefined, name: string): number {
  if (typeof value === "number") return value;
  throw new Error(`panic: ${name} is ${JSON.stringify(value)}, not a number`);
}

function boolean(value: Json | undefined, name: string): boolean {
  if (typeof value === "boolean") return value;
  throw new Error(`panic: ${name} is ${JSON.stringify(value)}, not true or false`);
}

function atoi(text: string, name: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new Error(`${name} "${text}" is no number`);
}

function time(value: Json | undefined, layout: RegExp, name: string): void {
  if (!layout.test(string(value, name))) throw new Error(`${name} "${value}" has another layout`);
}
