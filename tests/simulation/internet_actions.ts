/** The actions in a small Internet: those of every network, and operators who change their policies. */

import { type Actions, commonActions, killSpeaker, restartSpeaker, stallThread, stopSpeaker } from "./actions.ts";
import type { Random } from "./random.ts";
import { chainsFor, randomPolicies } from "./random_policies.ts";
import { originateSome, refreshSome, removePeer, unoriginateSome } from "./transit_actions.ts";
import type { World } from "./world.ts";

export const internetActions: Actions = [
  ...commonActions,
  [4, killSpeaker],
  [2, stopSpeaker],
  [3, restartSpeaker],
  [2, stallThread],
  [3, originateSome],
  [2, unoriginateSome],
  [8, reloadPolicies],
  [2, refreshSome],
  [1, removePeer],
];

/** A reload brings other rules under the same names, other chains for some peers, or both. */
function reloadPolicies(world: World, random: Random): string {
  const speaker = random.pick(world.speakers);
  const { address, name } = speaker.config;
  const policies = random.chance(0.7)
    ? randomPolicies(random, world.topology.grounds!.get(address)!)
    : speaker.policies;
  const peers = random.some(speaker.peers, random.pick([0, 0.3, 1])).flatMap((peer) => {
    // Chains come with policies at the borders; inside, some have them and some do not.
    const chains = chainsFor(random, peer.role);
    return peer.kind === "address" ? [{ ...peer, ...random.chance(0.8) ? chains : { import: chains.import } }] : [];
  });
  speaker.setPolicies(policies, peers);
  return `${name} loads ${
    policies === speaker.policies ? "" : "no "
  }other policies, and chains for ${peers.length} peers`;
}
