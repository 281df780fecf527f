/**
 * bgpd between two providers, a peer and a customer, all of which get all it has: no route of a provider or peer
 * reaches another one. Once by roles (RFC 9234), which BIRD, FRR and OpenBGPD know and GoBGP does not; once by policies
 * under strict RFC 8212.
 */
import assert from "node:assert/strict";
import { MessageType } from "../../../src/message/mod.ts";
import type { CapturedMessage } from "../../support/capture.ts";
import { testContext, viewUpdate } from "../../support/update_view.ts";
import { waitFor } from "../../support/wait.ts";
import type { PeerOptions, PeerRoute } from "../peers/mod.ts";
import { sampleRoutes } from "../routes.ts";
import { ourAsn, type Ray, routers, Star } from "../star.ts";
import { direction, type Scene } from "./scenes.ts";

/** What each of the four is to us. */
const relations = ["provider", "peer", "provider", "customer"] as const;
type Relation = typeof relations[number];
const asnAt = (at: number) => 65001 + at;
const routesAt = (at: number): readonly PeerRoute[] => sampleRoutes(at + 1, asnAt(at)).slice(0, 2);
const ours = "203.0.113.0/24";

/** The keys by which a daemon knows its role; GoBGP has no such thing. */
const roleLines: Readonly<Record<string, (role: Relation) => PeerOptions["lines"]>> = {
  BIRD: (role) => ({ session: `local role ${role};` }),
  FRR: (role) => ({ session: `PEER local-role ${role}` }),
  OpenBGPD: (role) => ({ session: `announce policy ${role}` }),
};
const counterpart = { provider: "customer", customer: "provider", peer: "peer" } as const;

export function rolesScene(): Scene {
  return valley(
    (at) => {
      const relation = relations[at]!;
      const lines = roleLines[routers[at]!.title]?.(relation);
      const role = counterpart[relation];
      return {
        keys: `export = "all"\nrole = "${role}"${lines === undefined ? "" : "\nrole_strict = true"}`,
        ...lines === undefined ? {} : { more: { lines } },
      };
    },
    "",
    "",
    (prefix, at) => {
      // RFC 9234 §5: upward without it; aside and downward with the AS of who first sent it there, us at the latest.
      if (relations[at] === "provider") return undefined;
      const from = relations.findIndex((_, each) => routesAt(each).some((route) => route.prefix === prefix));
      return from === -1 || relations[from] === "customer" ? ourAsn : asnAt(from);
    },
  );
}

export function policiesScene(): Scene {
  const tags = { provider: 1, peer: 2, customer: 3 };
  const policies = Object.entries(tags).map(([relation, tag]) => `
[[policies]]
name = "${relation}-in"
[[policies.rules]]
set = { remove_communities = "65000:*", add_communities = "65000:${tag}" }
action = "accept"
`).join("") + `
[[policies]]
name = "to-all"
default = "accept"
[[policies]]
name = "own-and-customers"
[[policies.rules]]
match = { source = "local" }
action = "accept"
[[policies.rules]]
match = { community = "65000:3" }
action = "accept"
`;
  const bottom = `rfc8212 = "strict"`;
  return valley(
    (at) => {
      const relation = relations[at]!;
      const export_ = relation === "customer" ? "to-all" : "own-and-customers";
      return { keys: `import = "${relation}-in"\nexport = "${export_}"` };
    },
    bottom,
    policies,
  );
}

/** `otcOf`: the mark that a route leaves with to the one at a place. */
function valley(
  rayAt: (at: number) => Pick<Ray, "keys" | "more">,
  top = "",
  bottom = "",
  otcOf?: (prefix: string, at: number) => number | undefined,
): Scene {
  const rays = routers.map((kind, at): Ray => ({ kind, asn: asnAt(at), routes: routesAt(at), ...rayAt(at) }))
    // GoBGP takes no next hop on loopback.
    .map((ray) => ({ ...ray, keys: `next_hop = "unchanged"\n${ray.keys}` }));
  const star = new Star(rays, top, bottom);
  const places = relations.map((_, at) => at);
  const customer = relations.indexOf("customer");
  const prefixOf = ({ prefix }: { prefix: string }) => prefix;
  const own = { ...sampleRoutes(1, 1)[0]!, prefix: ours, asPath: "" };
  /** What a neighbour may hear of: all, or what is ours and of customers. */
  const heardAt = (at: number) => {
    const others = at === customer ? places.filter((each) => each !== customer) : [customer];
    return [own, ...others.flatMap(routesAt).map((route) => ({ ...route, asPath: "" }))];
  };
  const run = async () => {
    await star.start();
    await star.command("announce", ours, "next-hop", "192.0.2.1");
    await Promise.all(places.map((at) => star.holds(at, heardAt(at), prefixOf)));
    // After a refresh and after changes they hold the same.
    for (const { endpoint } of star.nodes) await star.command("peer", "refresh", endpoint.address);
    await star.peers[0]!.announce(routesAt(0).slice(1));
    await waitFor("the withdraw", () => star.bgpd.sql("SELECT 1 FROM loc_rib").length === 8, star.patience);
    for (const [at, { endpoint }] of star.nodes.entries()) {
      const gone = routesAt(0)[0]!.prefix;
      const wanted = heardAt(at).map(prefixOf).filter((prefix) => prefix !== gone).sort();
      await waitFor(`${wanted} advertised to ${routers[at]!.title}`, async () => {
        const shown = JSON.parse(await star.command("show", "advertised", endpoint.address, "--json")).map(prefixOf);
        return shown.sort().join() === wanted.join();
      }, star.patience);
    }
  };
  /** Not for a moment did one hear of more. */
  const check = (messages: readonly CapturedMessage[]) => {
    for (const [at, { endpoint }] of star.nodes.entries()) {
      const announcedOnce = new Set<string>();
      for (const { type, bytes } of direction(messages, star.ours, endpoint)) {
        if (type !== MessageType.update) continue;
        for (const { announced, attributes } of viewUpdate(bytes, testContext()).parts) {
          for (const { prefix } of announced) {
            announcedOnce.add(prefix);
            assert.equal(attributes.otc, otcOf?.(prefix, at), `${prefix} for ${routers[at]!.title}`);
          }
        }
      }
      assert.deepEqual([...announcedOnce].sort(), heardAt(at).map(prefixOf).sort());
    }
  };
  return { star, run, check };
}
