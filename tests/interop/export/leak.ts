/** Without `export` in the configuration bgpd advertises no route of a peer to any other peer. */
import assert from "node:assert/strict";
import { MessageType } from "../../../src/message/mod.ts";
import type { CapturedMessage } from "../../support/capture.ts";
import { testContext, viewUpdate } from "../../support/update_view.ts";
import { waitFor } from "../../support/wait.ts";
import type { ReceivedRoute } from "../peers/mod.ts";
import { sampleRoutes } from "../routes.ts";
import { ourAsn, type Ray, routers, Star } from "../star.ts";
import { direction, type Scene } from "./scenes.ts";

const everyone = [0, 1, 2, 3];
/** Two of our AS, two of others: all four ways from one to another. */
const asnAt = (at: number) => at < 2 ? ourAsn : 65001 + at;

export function leak(): Scene {
  const rays = routers.map((kind, at): Ray => ({ kind, asn: asnAt(at), routes: sampleRoutes(at + 1, asnAt(at)) }));
  const star = new Star(rays);
  /** Sees an origination of ours: everything before it was sent. */
  const onlyHold = async (...prefixes: string[]) => {
    const prefixOf = (route: ReceivedRoute) => route.prefix;
    const routes = prefixes.map((prefix) => ({ ...sampleRoutes(1, 1)[0]!, prefix, asPath: "" }));
    await Promise.all(everyone.map((at) => star.holds(at, routes, prefixOf)));
  };
  const learned = rays.flatMap(({ routes }) => routes.map(({ prefix }) => prefix)).sort();
  const best = () => star.bgpd.sql("SELECT prefix FROM loc_rib WHERE peer <> 'local' ORDER BY prefix");
  const run = async () => {
    await star.start();
    await waitFor("all routes", () => best().length === learned.length, star.patience);
    assert.deepEqual(best().map(({ prefix }) => prefix).sort(), learned);
    await star.command("announce", "203.0.113.0/24", "next-hop", "192.0.2.1");
    await onlyHold("203.0.113.0/24");
    // Nor after a refresh, or when routes change and go.
    await star.command("announce", "198.51.100.0/24", "next-hop", "192.0.2.1");
    for (const { endpoint } of star.nodes) await star.command("peer", "refresh", endpoint.address);
    await Promise.all(everyone.map((at) => star.peers[at]!.announce(rays[at]!.routes.slice(1))));
    await waitFor("the withdrawals", () => best().length === learned.length - 4, star.patience);
    await star.command("withdraw", "203.0.113.0/24");
    await onlyHold("198.51.100.0/24");
    for (const { endpoint } of star.nodes) {
      const advertised = JSON.parse(await star.command("show", "advertised", endpoint.address, "--json"));
      assert.deepEqual(advertised.map(({ prefix }: { prefix: string }) => prefix), ["198.51.100.0/24"]);
    }
  };
  /** Not for a moment. */
  const check = (messages: readonly CapturedMessage[]) => {
    for (const { endpoint } of star.nodes) {
      const sent = new Set<string>();
      for (const { type, bytes } of direction(messages, star.ours, endpoint)) {
        if (type !== MessageType.update) continue;
        const { parts, withdrawn } = viewUpdate(bytes, testContext());
        for (const { prefix } of [...withdrawn, ...parts.flatMap(({ announced }) => announced)]) sent.add(prefix);
      }
      assert.deepEqual([...sent].sort(), ["198.51.100.0/24", "203.0.113.0/24"]);
    }
  };
  return { star, run, check };
}
