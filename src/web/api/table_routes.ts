/** Views of the whole table: an AS with its neighbours, and the map. They are made in slices, and kept for a while. */

import { isoTime } from "../../control/cli/text/time.ts";
import { snakeKeys } from "../../control/json.ts";
import type { TableMap, WebReader } from "../../store/mod.ts";
import type { Asn, Millis } from "../../types/mod.ts";
import { jsonType } from "../answers/answer.ts";
import { apiRoute, Made } from "./api_route.ts";
import { asnOf, format, formOf } from "./parameters.ts";

/** For so long the map is given again before it is made anew. */
const mapMs = 60_000;
const shownPrefixes = 200;
const shownNeighbours = 50;

export const tableRoutes = [
  apiRoute({
    path: "/map",
    shape: "map",
    lane: "slow",
    summary: "the table as a whole: lengths, origins, AS paths, prefixes of several origins, invalid ones",
    parameters: [format],
    run: (asked, { reader, now }) =>
      new Made({
        headers: { "content-type": formOf(asked) === "json" ? jsonType : "application/x-ndjson" },
        body: mapParts(reader, now, formOf(asked) === "ndjson"),
      }),
  }),
  apiRoute({
    path: "/as/{asn}",
    shape: "as",
    lane: "slow",
    summary: "an AS: what it originates, through whom, who is behind it, and its VRPs",
    parameters: [{ name: "asn", in: "path", doc: "number of the AS", example: "65000" }],
    run(asked, { reader }) {
      const asn = asnOf(asked.part("asn"), "asn")!;
      return new Made({ headers: { "content-type": jsonType }, body: asParts(reader, asn) });
    },
  }),
];

interface KeptMap {
  readonly map: TableMap;
  readonly at: Millis;
}

/** The map of each database that is open. */
const kept = new WeakMap<WebReader, KeptMap>();

/** With progress: a line `{"progress":0.25}` for each slice before the line of the map. */
function* mapParts(reader: WebReader, now: () => Millis, withProgress: boolean): Generator<string> {
  let known = kept.get(reader);
  if (known === undefined || now() - known.at > mapMs) {
    const slices = reader.tableMap();
    let step = slices.next();
    for (; step.done !== true; step = slices.next()) {
      yield withProgress ? `{"progress":${step.value.toFixed(3)}}\n` : "";
    }
    known = { map: step.value, at: now() };
    kept.set(reader, known);
  }
  yield JSON.stringify(snakeKeys({ computedAt: isoTime(known.at), ...known.map, notice: null })) + "\n";
}

async function* asParts(reader: WebReader, asn: Asn): AsyncGenerator<string> {
  const { counts, prefixes, paths } = reader.origin(asn, shownPrefixes);
  yield "";
  const upstreams = new Tally(), peers = new Tally(), downstreams = new Tally(), transit = new Tally();
  for (const { asPath, peer, routes } of paths) {
    peers.add(peer, routes);
    const before = neighboursOf(asPath, asn).before;
    if (before !== undefined) upstreams.add(before, routes);
  }
  for (const found of reader.pathsThrough(asn)) {
    for (const { asPath, routes } of found) {
      const { before, after } = neighboursOf(asPath, asn);
      if (after === undefined) continue;
      downstreams.add(after, routes);
      if (before !== undefined) transit.add(before, routes);
    }
    yield "";
  }
  const vrps = await reader.vrpsOfAs(asn, shownPrefixes);
  const all = prefixes.length < shownPrefixes;
  const answer = {
    asn,
    originates: { count: counts.reduce((sum, { prefixes }) => sum + prefixes, 0), byFamily: counts, prefixes },
    upstreams: upstreams.most("asn"),
    transitUpstreams: transit.most("asn"),
    downstreams: downstreams.most("asn"),
    peers: peers.most("peer"),
    ownPeers: reader.peersOfAs(asn),
    vrps,
    notice: all ? null : `the first ${shownPrefixes} prefixes are shown`,
  };
  yield JSON.stringify(snakeKeys(answer)) + "\n";
}

/** The ASes beside an AS in a path; prepended ones count as one. */
export function neighboursOf(asPath: string, asn: Asn): { before: number | undefined; after: number | undefined } {
  const words = asPath.split(" ");
  const first = words.indexOf(String(asn)), last = words.lastIndexOf(String(asn));
  const number = (word: string | undefined) => word !== undefined && /^\d+$/.test(word) ? Number(word) : undefined;
  return first === -1
    ? { before: undefined, after: undefined }
    : { before: number(words[first - 1]), after: number(words[last + 1]) };
}

class Tally {
  readonly #counts = new Map<string | number, number>();

  add(key: string | number, routes: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + routes);
  }

  most(name: string): Record<string, string | number>[] {
    return [...this.#counts].sort((a, b) => b[1] - a[1]).slice(0, shownNeighbours)
      .map(([key, routes]) => ({ [name]: key, routes }));
  }
}
