/**
 * Route refresh with each of four clients of a route reflector, both ways; and what changes of it for the others:
 * nothing.
 */
import assert from "node:assert/strict";
import { decodeRouteRefresh, MessageType, RefreshSubtype } from "../../../src/message/mod.ts";
import { callDaemon } from "../../../src/control/cli/daemon_client.ts";
import type { CapturedMessage } from "../../support/capture.ts";
import { testContext, viewUpdate } from "../../support/update_view.ts";
import { waitFor } from "../../support/wait.ts";
import { isV6 } from "../peers/mod.ts";
import { internalView, ourAsn, type Ray, routers, Star } from "../star.ts";
import { fullRoutes, reflected } from "./reflector.ts";
import { direction, type Scene } from "./scenes.ts";

/** GoBGP never asks a peer for its routes: its softresetin works on what it kept. Nor does it know the marks. */
const asks = routers.map(({ title }) => title !== "GoBGP");
const marks = asks;
/** OpenBGPD 7.7 takes every request for one of a family that was not negotiated (openbgpd-portable issue 46). */
const answers = routers.map(({ title }) => title !== "OpenBGPD");

interface Tally {
  readonly update: number;
  readonly route_refresh: number;
}

type Direction = "messages_received" | "messages_sent";

async function tallyOf(star: Star, at: number, which: Direction): Promise<Tally> {
  const path = `/peers/${star.nodes[at]!.endpoint.address}`;
  return (await callDaemon<Record<Direction, Tally>>(star.bgpd.database, { path }))[which];
}

export function refresh(): Scene {
  const keys = 'export = "all"\nroute_reflector_client = true';
  const rays = routers.map((kind, i): Ray => ({ kind, asn: ourAsn, keys, routes: fullRoutes(kind, i, ourAsn) }));
  const star = new Star(rays);

  const expectAll = () =>
    Promise.all(rays.map((_, at) => {
      const others = rays.flatMap(({ routes }, from) => from === at ? [] : reflected(star, from, routes));
      return star.holds(at, others, internalView);
    }));
  /** Waits for so many messages more than at first, after `act`. */
  const expect = async (
    at: number,
    which: Direction,
    more: Tally,
    act: () => Promise<unknown>,
  ) => {
    const before = await tallyOf(star, at, which);
    await act();
    await waitFor(`${routers[at]!.title}: ${which} ${JSON.stringify(more)} more`, async () => {
      const now = await tallyOf(star, at, which);
      return now.update >= before.update + more.update &&
        now.route_refresh >= before.route_refresh + more.route_refresh;
    }, star.patience);
  };

  const run = async () => {
    await star.start();
    await expectAll();
    await Promise.all(rays.map(async (_, at) => {
      const { address } = star.nodes[at]!.endpoint;
      // Two families, a mark before and behind each; nine routes in no fewer than two messages.
      const ours = { update: 2, route_refresh: marks[at] ? 4 : 0 };
      const theirs = { update: 2, route_refresh: marks[at] ? 4 : 0 };
      if (asks[at]) await expect(at, "messages_sent", ours, () => star.peers[at]!.askRefresh());
      const ask = () => star.command("peer", "refresh", address, "--in");
      if (answers[at]) await expect(at, "messages_received", theirs, ask);
      else await expect(at, "messages_sent", { update: 0, route_refresh: 2 }, ask);
      await expect(at, "messages_sent", ours, () => star.command("peer", "refresh", address, "--out"));
    }));
    await expectAll();
    await star.says([], "SELECT peer, prefix FROM rib WHERE stale OR ineligible IS NOT NULL");
    await star.says([[12]], "SELECT count(*) FROM loc_rib");
  };

  const check = (messages: readonly CapturedMessage[]) => {
    for (const [at, { kind, endpoint }] of star.nodes.entries()) {
      const own = rays[at]!.routes.map(({ prefix }) => prefix);
      const others = rays.flatMap(({ routes }) => routes.map(({ prefix }) => prefix)).filter((one) =>
        !own.includes(one)
      );
      const sent = direction(messages, star.ours, endpoint);
      const received = direction(messages, endpoint, star.ours);

      // At first, where it asked, and unasked: nobody's refresh is another's business.
      assertTimes(announcedIn(sent), others, asks[at] ? 3 : 2, `bgpd to ${kind.title}`);
      // FRR says more than it is asked.
      const count = (prefix: string) => announcedIn(received).filter((one) => one === prefix).length;
      if (answers[at]) assert.ok(own.every((prefix) => count(prefix) >= 2), `${kind.title} to bgpd`);
      assert.deepEqual(subtypes(received, RefreshSubtype.request).sort(), asks[at] ? [1, 2] : []);
      assert.deepEqual(subtypes(sent, RefreshSubtype.request).sort(), [1, 2]);
      assertMarks(sent, marks[at] ? 2 : 0, others, `bgpd to ${kind.title}`);
      if (answers[at]) assertMarks(received, marks[at] ? 1 : 0, own, `${kind.title} to bgpd`);
    }
  };
  return { star, run, check };
}

/** Every prefix each time it is announced. */
function announcedIn(messages: readonly CapturedMessage[]): string[] {
  return messages.flatMap(({ type, bytes }) => {
    if (type !== MessageType.update) return [];
    const { parts, withdrawn } = viewUpdate(bytes, testContext());
    assert.deepEqual(withdrawn, []);
    return parts.flatMap(({ announced }) => announced.map(({ prefix }) => prefix));
  });
}

function assertTimes(found: readonly string[], prefixes: readonly string[], times: number, what: string): void {
  const expected = prefixes.flatMap((prefix) => new Array<string>(times).fill(prefix));
  assert.deepEqual([...found].sort(), expected.sort(), what);
}

/** The AFIs of messages of this subtype, in order. */
function subtypes(messages: readonly CapturedMessage[], wanted: number): number[] {
  return messages.flatMap(({ type, bytes }) => {
    if (type !== MessageType.routeRefresh) return [];
    const decoded = decodeRouteRefresh(bytes);
    assert.equal(decoded.kind, "routeRefresh");
    return decoded.kind === "routeRefresh" && decoded.subtype === wanted ? [decoded.afi] : [];
  });
}

/** RFC 7313 §4: BoRR, all routes of the family, EoRR; so many times. */
function assertMarks(
  messages: readonly CapturedMessage[],
  times: number,
  prefixes: readonly string[],
  what: string,
): void {
  for (const afi of [1, 2]) {
    const marksOf = (subtype: number) =>
      messages.filter((message) => subtypes([message], subtype).includes(afi)).map((message) =>
        messages.indexOf(message)
      );
    const begins = marksOf(RefreshSubtype.begin);
    const ends = marksOf(RefreshSubtype.end);
    assert.deepEqual([begins.length, ends.length], [times, times], `${what}: marks of AFI ${afi}`);
    for (const [i, begin] of begins.entries()) {
      const between = announcedIn(messages.slice(begin, ends[i])).filter((prefix) => isV6(prefix) === (afi === 2));
      assert.deepEqual(between.sort(), prefixes.filter((prefix) => isV6(prefix) === (afi === 2)).sort(), what);
    }
  }
}
