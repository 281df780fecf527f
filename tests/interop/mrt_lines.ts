/** Reads lines of `bgpdump -m`: the table that they lead to, and the ways in which bgpdump's lines differ from ours. */
import { canonicalAddress, formatAddress, parseAddress } from "../../src/types/mod.ts";

/** What a route is compared by. */
export interface RouteText {
  readonly nextHop: string;
  readonly asPath: string;
  readonly med: number;
  readonly communities: string;
  readonly aggregator: string;
}

/** Peer address → prefix, with ` path N` behind it where there is a path identifier → route. */
export type State = Map<string, Map<string, RouteText>>;

/** IPv6 addresses as RFC 5952 wants them: bgpdump writes `::` for a single group of zeroes too. */
export function withCanonicalAddresses(line: string): string {
  return line.split("|").map((field) => {
    const match = /^([0-9a-f:.]*:[0-9a-f:.]*)(\/\d+)?$/.exec(field);
    const octets = match === null ? undefined : parseAddress(match[1]!);
    return octets === undefined ? field : formatAddress(octets) + (match![2] ?? "");
  }).join("|");
}

export interface FoldOptions {
  /** A session that ends takes its routes along. Replay plays UPDATEs only. */
  readonly sessionsEnd: boolean;
}

/** What is there in the end. Routes without a next hop are none. */
export function fold(lines: Iterable<string>, { sessionsEnd }: FoldOptions): State {
  const state: State = new Map();
  for (const line of lines) {
    const [format, , letter, peer, ...rest] = line.split("|");
    const address = canonicalAddress(peer!)!;
    let routes = state.get(address);
    if (routes === undefined) state.set(address, routes = new Map());
    if (letter === "STATE") {
      if (sessionsEnd && rest[1] === "6" && rest[2] !== "6") routes.clear();
      continue;
    }
    const hasPath = format!.endsWith("_AP");
    const key = hasPath ? `${rest[1]} path ${rest[2]}` : rest[1]!;
    const [asPath, , nextHop, , med, communities, , aggregator] = rest.slice(hasPath ? 3 : 2);
    if (letter === "W" || nextHop === "" || nextHop === undefined) routes.delete(key);
    else {
      routes.set(key, {
        nextHop,
        asPath: asPath!,
        med: Number(med),
        communities: withoutNames(communities!),
        aggregator: aggregator!,
      });
    }
  }
  for (const [address, routes] of state) if (routes.size === 0) state.delete(address);
  return state;
}

/** Communities by number, as SQL has them. */
function withoutNames(communities: string): string {
  return communities.replaceAll("no-export", "65535:65281").replaceAll("no-advertise", "65535:65282")
    .replaceAll("local-AS", "65535:65283");
}

/** The first few differences, as lines; none where the states are equal. */
export function differences(actual: State, expected: State): string[] {
  const found: string[] = [];
  const text = (route: RouteText | undefined) => route === undefined ? "nothing" : Object.values(route).join("|");
  for (const peer of new Set([...actual.keys(), ...expected.keys()])) {
    const a = actual.get(peer) ?? new Map<string, RouteText>();
    const b = expected.get(peer) ?? new Map<string, RouteText>();
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      const [here, there] = [text(a.get(key)), text(b.get(key))];
      if (here !== there) found.push(`${peer} ${key}: ${here}, expected ${there}`);
      if (found.length > 9) return found;
    }
  }
  return found;
}

/**
 * The NLRI of a message whose lines these are, read again with path identifiers. bgpdump prints host bits, so the
 * octets it took for prefixes can be put together again.
 */
export function rereadWithPathIds(lines: readonly string[]): string[] {
  const octets: number[] = [];
  for (const line of lines) {
    const [address, length] = line.split("|")[5]!.split("/");
    const parts = address!.split(".").map(Number);
    octets.push(Number(length), ...parts.slice(0, Math.ceil(Number(length) / 8)));
  }
  const [format, time, letter, peer, asn, , ...rest] = lines[0]!.split("|");
  const reread: string[] = [];
  for (let at = 0; at < octets.length;) {
    const pathId = octets.slice(at, at + 4).reduce((id, octet) => id * 256 + octet, 0);
    const length = octets[at + 4]!;
    const end = at + 5 + Math.ceil(length / 8);
    const address = [...octets.slice(at + 5, end), 0, 0, 0, 0].slice(0, 4).join(".");
    reread.push([`${format}_AP`, time, letter, peer, asn, `${address}/${length}`, pathId, ...rest].join("|"));
    at = end;
  }
  return reread;
}
