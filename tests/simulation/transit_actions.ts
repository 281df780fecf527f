/** The actions where routes are passed on: those of every network, and changes of export settings. */

import type { StaticRoute } from "../../src/config/mod.ts";
import { emptyAttributeSet } from "../../src/message/mod.ts";
import { type FamilyId, parseAddress, parsePrefix } from "../../src/types/mod.ts";
import { type Actions, commonActions, killSpeaker, stallThread, stopSpeaker } from "./actions.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

export const transitActions: Actions = [
  ...commonActions,
  [2, killSpeaker],
  [1, stopSpeaker],
  [2, stallThread],
  [4, originateSome],
  [4, unoriginateSome],
  [3, changePolicy],
  [3, refreshSome],
  [2, removePeer],
];

/** Routes of a speaker's own, for all or for one peer: new ones, or others in their place. */
export function originateSome(world: World, random: Random): string {
  const speaker = random.pick(world.speakers);
  const peer = random.chance(0.3) ? random.pick(speaker.config.peers).name : undefined;
  const { prefixes } = world.topology;
  const count = random.between(1, 4);
  for (let i = 0; i < count; i++) {
    const family = random.pick([...prefixes.keys()]);
    const prefix = random.pick(prefixes.get(family)!);
    speaker.originate(`${prefix} for ${peer ?? "all"}`, { peer, route: makeOwn(random, family, prefix) });
  }
  return `${speaker.config.name} originates ${count} routes for ${peer ?? "all"}`;
}

function makeOwn(random: Random, family: FamilyId, prefix: string): StaticRoute {
  return {
    family,
    prefix: parsePrefix(prefix)!,
    attributes: {
      ...emptyAttributeSet(),
      origin: random.pick([undefined, 0, 2]),
      nextHop: random.chance(0.3) ? parseAddress(random.pick(["192.0.2.9", "2001:db8:9::9"])) : undefined,
      communities: random.some([0xfde80063, 0xffffff01], 0.4),
    },
  };
}

export function unoriginateSome(world: World, random: Random): string | undefined {
  const speaker = random.pick(world.speakers);
  const keys = random.some([...speaker.originated.keys()], 0.5);
  if (keys.length === 0) return undefined;
  speaker.unoriginate(keys);
  return `${speaker.config.name} originates no more: ${keys.join(", ")}`;
}

/** As after a reload: other rules of export, and other static routes, while the session goes on. */
function changePolicy(world: World, random: Random): string | undefined {
  const speaker = random.pick(world.speakers);
  if (speaker.peers.length === 0) return undefined;
  const peer = random.pick(speaker.peers);
  if (peer.kind !== "address") return undefined;
  const internal = peer.remoteAsn === peer.localAsn;
  const isFeeder = world.feeders.some(({ plan }) => plan.address === peer.remoteIp);
  const own = [...world.topology.prefixes].flatMap(([family, prefixes]) =>
    random.some(prefixes.slice(0, 5), 0.4).map((prefix) => makeOwn(random, family, prefix))
  );
  const client = { routeReflectorClient: !peer.routeReflectorClient };
  const change = random.pick([
    { export: random.pick(["none", "local", "all", "all"] as const) },
    { nextHop: random.pick(["auto", "self", "unchanged"] as const) },
    { staticRoutes: random.chance(0.7) ? own : [] },
    { addPathSendMax: random.pick([1, 2, Infinity]) },
    // Within an AS it decides whether all agree at all, as for clients; feeders do not mind.
    ...!internal || isFeeder ? [{ exportSelection: random.pick(["best", "per-client"] as const) }] : [],
    // Which speakers are clients of which decides whether an AS can agree at all; feeders do not mind.
    ...internal && isFeeder ? [client, client, client] : [],
  ]);
  speaker.configure({ ...peer, ...change });
  return `${speaker.config.name} treats ${peer.name} otherwise: ${Object.keys(change)}`;
}

/** A reload takes a peer out of the configuration, and a later one brings it back. */
export function removePeer(world: World, random: Random): string | undefined {
  const speaker = random.pick(world.speakers);
  if (!speaker.running || !speaker.life.ready || speaker.peers.length === 0) return undefined;
  const peer = random.pick(speaker.peers);
  if (peer.kind !== "address") return undefined;
  const place = `${speaker.config.name}'s peer ${peer.name}`;
  if (!world.takeDown(place)) return undefined;
  speaker.removePeer(peer.name);
  const bringBack = () => {
    if (speaker.running && !speaker.life.ready) world.bringUpLater(place, 50, bringBack);
    else speaker.addPeer(peer).catch(world.fail);
  };
  world.bringUpLater(place, random.magnitude(1, 60_000), bringBack);
  return `${speaker.config.name} is configured without ${peer.name}`;
}

export function refreshSome(world: World, random: Random): string | undefined {
  const speaker = random.pick(world.speakers);
  if (!speaker.running || !speaker.life.ready || speaker.peers.length === 0) return undefined;
  const { name } = random.pick(speaker.peers);
  const direction = random.pick(["in", "out"] as const);
  speaker.life.refresh(name, direction);
  return `${speaker.config.name} refreshes ${name} ${direction}`;
}
