/**
 * A speaker dies in a quiet network and returns in time, among peers that keep its routes (RFC 4724). Speakers behind
 * these peers may see nothing of it.
 */

import assert from "node:assert/strict";
import { formatPrefix } from "../../src/types/mod.ts";
import type { PeerConfig } from "../../src/config/mod.ts";
import type { Random } from "./random.ts";
import type { Speaker } from "./speaker.ts";
import type { World } from "./world.ts";

/** It is back long before. */
const patienceSeconds = 60;

/** How often a restart was looked at in this process: a harness that never does proves nothing. */
export let restartsSeen = 0;

export async function restartInTime(world: World, random: Random): Promise<void> {
  const candidates = world.speakers.filter((speaker) => keepsAll(world, speaker));
  if (candidates.length === 0) return;
  // Those in the middle of the world: what they pass on is seen by many.
  const speaker = random.pick(candidates.sort((a, b) => b.peers.length - a.peers.length).slice(0, 3));
  const { address, name } = speaker.config;
  const others = world.feeders.filter(({ plan }) => plan.speaker !== address);
  const before = others.map(({ feeder }) => ({ feeder, sessions: feeder.sessions, updates: feeder.updates }));
  const chosen = choicesOf(speaker);
  for (const { feeder } of others) feeder.withdrawn.clear();
  world.takeDown(address);
  speaker.kill(random.pick(["reset", "endOfStream"]));
  world.note(`${name} is killed while all is quiet`);
  world.bringUpLater(address, random.magnitude(1, 20_000), () => speaker.start());
  await world.advance(20_000);
  await world.becomeQuiet();
  // A tie that only history had decided may end another way now (RFC 5004); that is news, and travels.
  if (choicesOf(speaker).join() !== chosen.join()) return;
  restartsSeen++;
  for (const { feeder, sessions, updates } of before) {
    if (feeder.sessions !== sessions) continue;
    const { withdrawn, config } = feeder;
    assert.deepEqual([...withdrawn], [], `graceful restart of ${name}: what ${config.name} saw withdrawn`);
    assert.equal(feeder.updates - updates, 0, `graceful restart of ${name}: what ${config.name} was sent`);
  }
}

/** Everything it announced stays with its neighbours, and it waits for all that they announce. */
function keepsAll(world: World, speaker: Speaker): boolean {
  const { selectionDeferralSeconds = 0, address } = speaker.config;
  if (selectionDeferralSeconds < patienceSeconds) return false;
  return speaker.peers.every((peer) => {
    if (peer.kind !== "address" || peer.gracefulRestart !== "full" || peer.restartSeconds < patienceSeconds) {
      return false;
    }
    const feeder = world.feeders.find(({ plan }) => plan.address === peer.remoteIp);
    if (feeder !== undefined) return feeder.plan.session.extraCapabilities.length > 0;
    const back = world.speakers.find(({ config }) => config.address === peer.remoteIp)!
      .peers.find(({ name }) => name === address);
    return back !== undefined && keepsRoutes(back);
  });
}

function keepsRoutes({ gracefulRestart, staleRoutesSeconds }: PeerConfig): boolean {
  return gracefulRestart !== "off" && staleRoutesSeconds >= patienceSeconds;
}

function choicesOf(speaker: Speaker): string[] {
  const addresses = new Map([...speaker.life.peers].map(({ id, address }) => [id, address]));
  return [...speaker.life.rib.dump()].filter(({ best }) => best)
    .map(({ peerId, prefix, wire }) => `${addresses.get(peerId)} ${formatPrefix(prefix!)} ${wire.toHex()}`).sort();
}
