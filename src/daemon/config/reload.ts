/**
 * Puts another configuration in force while the daemon runs: peers are added, removed and changed, and only sessions
 * that must reset do. Each change is logged before it happens.
 */

import { type Config, multipathForRib, ownRoutes } from "../../config/mod.ts";
import { ControlError } from "../../control/mod.ts";
import { cease, CeaseCode } from "../../message/mod.ts";
import { TransportError } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import type { Post, ToRib } from "../thread/messages.ts";
import type { Originations } from "../rib/originations.ts";
import type { Peers } from "../peer/peers.ts";
import type { Protection } from "../listen/protection.ts";
import { planReload, type ReloadOptions } from "./reload_plan.ts";

/** What a reload changes. */
export interface ReloadTarget {
  readonly toRib: Post<ToRib>;
  readonly peers: Peers;
  readonly protection: Protection;
  readonly originations: Originations;
  readonly log: Log;
}

/**
 * Puts `after` in force. Returns a line for each change; the log has them, too. Throws a {@link ControlError} where the
 * kernel refuses a key or a TTL, and then nothing has changed.
 */
export async function applyReload(
  before: Config,
  after: Config,
  keys: ReadonlyMap<string, string>,
  target: ReloadTarget,
  options: ReloadOptions = {},
): Promise<string[]> {
  const { toRib, peers, protection, originations, log } = target;
  const plan = planReload(before, after, keys, target, options);
  // First, because the kernel may refuse it: then nothing else has changed.
  protect(protection, after, keys);
  const { added, removed, changes, overridden, drained, moved, speaker } = plan;
  const lines = plan.steps.map(({ line }) => line);
  for (const line of lines) log.info(`reload: ${line}`);
  if (lines.length === 0) log.info("reload: nothing changed");

  for (const config of removed) {
    if (config.kind === "network") peers.networks.remove(config);
    for (const peer of peers.of(config)) peers.remove(peer, cease(CeaseCode.peerDeconfigured));
  }
  if (speaker.some(({ field }) => field === "policies")) {
    peers.setPolicies(after.policies, changes.filter(({ resets }) => resets.length === 0).map(({ after }) => after));
  }
  if (speaker.some(({ field }) => field === "multipath" || field === "multipathRelax")) {
    toRib({ kind: "multipath", choice: multipathForRib(after) });
  }
  for (const { after: config, peers: present } of changes) {
    if (config.kind === "network") peers.networks.configure(config);
    for (const { peer, reset } of present) peers.configure(peer, config, { reset });
  }
  for (const peer of overridden) {
    if (peers.get(peer.id) === peer) peers.configure(peer, peer.config);
  }
  for (const peer of drained) if (peers.get(peer.id) === peer) peers.cancelDrain(peer);
  // Networks first: a member whose address is configured itself leaves its network.
  for (const config of added) if (config.kind === "network") peers.networks.add(config);
  for (const { member, network } of moved) peers.configure(member, network, { reset: true });
  await Promise.all(added.map((config) => config.kind !== "network" ? peers.addLater(config) : undefined));
  if (speaker.some(({ field }) => field === "staticRoutes" || field === "staticFlows")) {
    originations.configure(ownRoutes(after));
  }
  return lines;
}

function protect(protection: Protection, { peers }: Config, keys: ReadonlyMap<string, string>): void {
  try {
    protection.replace(peers, keys);
  } catch (error) {
    if (error instanceof TransportError) throw new ControlError("wrong", error.message);
    throw error;
  }
}
