/** The actions of a simulation. Each does one thing, drawn from the seed, and describes what it did. */

import {
  beginMessage,
  cease,
  encodeAttributeSet,
  finishMessage,
  MessageType,
  type UpdateEncoder,
} from "../../src/message/mod.ts";
import { type FamilyId, IPV4_UNICAST, maskHas } from "../../src/types/mod.ts";
import type { Feeder } from "./feeder.ts";
import type { Cut } from "./network.ts";
import type { Random } from "./random.ts";
import { keyOf, makeAttributes, type Route, wordsOf } from "./routes.ts";
import type { Speaker } from "./speaker.ts";
import type { FeederPlan } from "./topology.ts";
import type { World } from "./world.ts";

/** Does it and says so, or gives `undefined` where it could not be done now. */
export type Action = (world: World, random: Random) => string | undefined;

type Place = { plan: FeederPlan; feeder: Feeder };

/** Each with how often it is drawn. */
export type Actions = readonly (readonly [weight: number, action: Action])[];

/** What feeders say, and what happens to links and to them. */
export const commonActions: Actions = [
  [10, announceSome],
  [6, replaceSome],
  [8, withdrawSome],
  [3, flapOne],
  [2, withdrawAll],
  [4, cutLink],
  [2, restartFeeder],
  [2, bounceFeeder],
  [3, clogSome],
  [2, stopReading],
  [2, refuseConnections],
  [2, collide],
  [2, askForRefresh],
  [2, sendRefresh],
  [2, sendMalformed],
  [1, sendBroken],
  [1, stepWallClock],
];

/** An hour of ordinary faults: tables that change, and sessions and processes that come and go. */
export const churnActions: Actions = [
  [20, announceSome],
  [14, replaceSome],
  [14, withdrawSome],
  [10, flapOne],
  [1, withdrawAll],
  [3, cutLink],
  [3, restartFeeder],
  [3, bounceFeeder],
  [1, killSpeaker],
  [1, stopSpeaker],
];

/** Those, and what happens to the processes and databases of speakers. */
export const actions: Actions = [
  ...commonActions,
  [2, killSpeaker],
  [1, stopSpeaker],
  [2, stallThread],
  [2, slowDisk],
  [1, loseDatabase],
];

export function drawAction(random: Random, actions: Actions): Action {
  let lot = random.next() * actions.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, action] of actions) if ((lot -= weight) < 0) return action;
  return announceSome;
}

function someFeeder(world: World, random: Random): Place {
  return random.pick(world.feeders);
}

/** Routes that the feeder could announce. */
export function newRoutes(world: World, random: Random, plan: FeederPlan, share: number): Route[] {
  const routes: Route[] = [];
  for (const family of plan.families) {
    let attributes = makeAttributes(random, plan.sender, family);
    for (const prefix of random.some(world.topology.prefixes.get(family)!, share)) {
      // Sets are shared by some prefixes.
      if (random.chance(0.5)) attributes = makeAttributes(random, plan.sender, family);
      routes.push({ family, prefix, pathId: somePath(random, plan, family), attributes });
    }
  }
  return routes;
}

function somePath(random: Random, plan: FeederPlan, family: FamilyId): number {
  return maskHas(plan.addPath, family) ? random.between(1, 3) : -1;
}

function announceSome(world: World, random: Random): string {
  const { plan, feeder } = someFeeder(world, random);
  const routes = newRoutes(world, random, plan, random.pick([0.05, 0.3, 1]));
  feeder.announce(routes);
  return `${plan.name} announces ${describe(routes)}`;
}

function replaceSome(world: World, random: Random): string {
  const { plan, feeder } = someFeeder(world, random);
  const routes = random.some([...feeder.table.values()], random.pick([0.1, 0.5])).map((route) => ({
    ...route,
    attributes: makeAttributes(random, plan.sender, route.family),
  }));
  feeder.announce(routes);
  return `${plan.name} replaces ${describe(routes)}`;
}

function withdrawSome(world: World, random: Random): string {
  const { plan, feeder } = someFeeder(world, random);
  const routes = random.some([...feeder.table.values()], random.pick([0.1, 0.5]));
  // Withdrawing what was never announced is no fault.
  if (random.chance(0.2)) {
    routes.push(...newRoutes(world, random, plan, 0.1).filter((r) => !feeder.table.has(keyOf(r))));
  }
  feeder.withdraw(routes);
  return `${plan.name} withdraws ${describe(routes)}`;
}

function withdrawAll(world: World, random: Random): string {
  const { plan, feeder } = someFeeder(world, random);
  feeder.withdraw(random.shuffled([...feeder.table.values()]));
  return `${plan.name} withdraws everything`;
}

function flapOne(world: World, random: Random): string | undefined {
  const { plan, feeder } = someFeeder(world, random);
  const routes = newRoutes(world, random, plan, 0.05).slice(0, 3);
  if (routes.length === 0) return undefined;
  const times = random.between(1, 6);
  for (let i = 0; i < times; i++) {
    feeder.announce(routes);
    if (random.chance(0.3)) world.clock.after(random.magnitude(0.1, 2000), () => feeder.withdraw(routes));
    else feeder.withdraw(routes);
  }
  if (random.chance(0.5)) feeder.announce(routes);
  return `${plan.name} flaps ${describe(routes)} ${times} times`;
}

function cutLink(world: World, random: Random): string | undefined {
  const { links } = world.network;
  if (links.length === 0) return undefined;
  const link = random.pick(links);
  const how = random.pick<Cut>(["reset", "endOfStream", "silent"]);
  link.cut(how);
  return `link ${link}: ${how}`;
}

function restartFeeder(world: World, random: Random): string | undefined {
  const { plan, feeder } = someFeeder(world, random);
  const how = random.pick<Cut>(["reset", "endOfStream", "silent"]);
  if (!world.takeDown(plan.address)) return undefined;
  feeder.kill(how);
  // It comes back with another table.
  for (const route of random.some([...feeder.table.values()], 0.3)) feeder.table.delete(keyOf(route));
  for (const route of newRoutes(world, random, plan, 0.1)) feeder.table.set(keyOf(route), route);
  world.bringUpLater(plan.address, random.magnitude(1, 60_000), () => feeder.restart());
  return `${plan.name} is killed: ${how}`;
}

function bounceFeeder(world: World, random: Random): string | undefined {
  const { plan, feeder } = someFeeder(world, random);
  if (world.isDown(plan.address)) return undefined;
  feeder.bounce(cease(random.pick([2, 4, 6])));
  return `${plan.name} resets its session`;
}

export function killSpeaker(world: World, random: Random): string | undefined {
  const speaker = random.pick(world.speakers);
  const how = random.pick<Cut>(["reset", "endOfStream", "silent"]);
  if (!world.takeDown(speaker.config.address)) return undefined;
  speaker.kill(how);
  startLater(world, random, speaker);
  return `${speaker.config.name} is killed: ${how}`;
}

export function stopSpeaker(world: World, random: Random): string | undefined {
  const speaker = random.pick(world.speakers);
  if (!speaker.running || !speaker.life.ready || !world.takeDown(speaker.config.address)) return undefined;
  speaker.stop().then(() => startLater(world, random, speaker), world.fail);
  return `${speaker.config.name} gets SIGTERM`;
}

/** As `bgpd restart`: no peer is notified, and the next run goes on from this one. */
export function restartSpeaker(world: World, random: Random): string | undefined {
  const speaker = random.pick(world.speakers);
  if (!speaker.running || !speaker.life.ready || !world.takeDown(speaker.config.address)) return undefined;
  speaker.stop(true).then(() => startLater(world, random, speaker), world.fail);
  return `${speaker.config.name} restarts`;
}

function startLater(world: World, random: Random, speaker: Speaker): void {
  world.bringUpLater(speaker.config.address, random.magnitude(1, 60_000), () => speaker.start());
}

/** "Swizzle-clog": links stop one by one and go on in another order. */
function clogSome(world: World, random: Random): string | undefined {
  const links = random.some(world.network.links, 0.6);
  if (links.length === 0) return undefined;
  let at = 0;
  for (const link of links) {
    const direction = random.pick(["there", "back", "both"] as const);
    world.clock.after(at += random.magnitude(0.1, 1000), () => link.setClogged(direction, true));
  }
  for (const link of random.shuffled(links)) {
    world.clock.after(at += random.magnitude(0.1, 20_000), () => link.setClogged("both", false));
  }
  return `clogs ${links.join(", ")} for ${Math.round(at)} ms`;
}

function stopReading(world: World, random: Random): string {
  const { plan, feeder } = someFeeder(world, random);
  feeder.setReading(false);
  const ms = random.magnitude(100, 60_000);
  world.clock.after(ms, () => feeder.setReading(true));
  return `${plan.name} reads nothing for ${Math.round(ms)} ms`;
}

export function stallThread(world: World, random: Random): string | undefined {
  const speaker = random.pick(world.speakers);
  if (!speaker.running) return undefined;
  const thread = random.pick(["rib", "store"] as const);
  const { life } = speaker;
  life.stall(thread, true);
  const ms = random.magnitude(1, 60_000);
  world.clock.after(ms, () => life.stall(thread, false));
  return `${speaker.config.name}: the ${thread} thread is busy for ${Math.round(ms)} ms`;
}

function slowDisk(world: World, random: Random): string | undefined {
  const speaker = random.pick(world.speakers);
  if (!speaker.running) return undefined;
  const { life } = speaker;
  if (life.setBusy(true)) {
    const ms = random.magnitude(1, 60_000);
    world.clock.after(ms, () => life.setBusy(false));
    return `${speaker.config.name}: the database cannot be written for ${Math.round(ms)} ms`;
  }
  const release = speaker.lockDatabase();
  if (release === undefined) return undefined;
  // Each try of the writer costs real time, so this is short.
  world.clock.after(random.magnitude(1, 60), release);
  return `${speaker.config.name}: somebody locks the database`;
}

function refuseConnections(world: World, random: Random): string | undefined {
  const address = random.pick([...world.speakers.map(({ config }) => config), ...world.feeders.map(({ plan }) => plan)])
    .address;
  if (world.isDown(address)) return undefined;
  const how = random.pick(["refuse", "ignore"] as const);
  world.network.setListening(address, how);
  world.clock.after(random.magnitude(10, 30_000), () => {
    if (!world.isDown(address)) world.network.setListening(address, "accept");
  });
  return `${address} answers connections with: ${how}`;
}

/** Both sides dial at once: the session is reset, and the feeder's second connection meets the first. */
function collide(world: World, random: Random): string | undefined {
  const { plan, feeder } = someFeeder(world, random);
  if (world.isDown(plan.address)) return undefined;
  if (random.chance(0.5)) feeder.bounce(cease(4));
  const times = random.between(1, 3);
  for (let i = 0; i < times; i++) world.clock.after(random.magnitude(0.1, 1500), () => feeder.dialTwice());
  return `${plan.name} dials ${times} times more`;
}

function askForRefresh(world: World, random: Random): string | undefined {
  const { plan, feeder } = someFeeder(world, random);
  return feeder.askForRefresh(random.pick(plan.families)) ? `${plan.name} asks for a refresh` : undefined;
}

function sendRefresh(world: World, random: Random): string | undefined {
  const { plan, feeder } = someFeeder(world, random);
  const family = random.pick(plan.families);
  const gone = random.some([...feeder.table.values()].filter((route) => route.family === family), 0.3);
  return feeder.refresh(family, gone) ? `${plan.name} refreshes without ${describe(gone)}` : undefined;
}

/** RFC 7606: the routes of a malformed UPDATE are withdrawn, or one attribute is left out; the session stays. */
function sendMalformed(world: World, random: Random): string | undefined {
  const { plan, feeder } = someFeeder(world, random);
  const route = newRoutes(world, random, plan, 0.2).find((route) =>
    route.family === IPV4_UNICAST && route.attributes.nextHop!.length === 4
  );
  if (route === undefined) return undefined;
  const discard = random.chance(0.5);
  const sent = feeder.sendRaw(({ encoder }) => discard ? withBadAtomic(encoder, route) : withBadOrigin(encoder, route));
  if (!sent) return undefined;
  if (discard) {
    feeder.table.set(keyOf(route), { ...route, attributes: { ...route.attributes, atomicAggregate: false } });
  } else feeder.table.delete(keyOf(route));
  return `${plan.name} announces ${route.prefix} with a malformed attribute, ${discard ? "discarded" : "withdrawn"}`;
}

function encodeOne(encoder: UpdateEncoder, route: Route): Uint8Array {
  encoder.begin(encodeAttributeSet(route.attributes), route.family);
  encoder.add(...wordsOf(route.prefix), route.pathId);
  return encoder.take();
}

/** RFC 7606 §7.1: ORIGIN with an undefined value. It is the first attribute, behind both lengths. */
function withBadOrigin(encoder: UpdateEncoder, route: Route): Uint8Array {
  const bytes = encodeOne(encoder, route);
  bytes[19 + 4 + 3] = 9;
  return bytes;
}

/** RFC 7606 §7.6: ATOMIC_AGGREGATE with a value. */
function withBadAtomic(encoder: UpdateEncoder, route: Route): Uint8Array {
  const sound = encodeOne(encoder, { ...route, attributes: { ...route.attributes, atomicAggregate: false } });
  const attributesEnd = 23 + (sound[21]! << 8 | sound[22]!);
  const writer = beginMessage(MessageType.update, 8192);
  writer.u16(0);
  writer.u16(attributesEnd - 23 + 4);
  writer.bytes(sound.subarray(23, attributesEnd));
  writer.bytes(Uint8Array.of(0x40, 6, 1, 0));
  writer.bytes(sound.subarray(attributesEnd));
  return finishMessage(writer);
}

/** What resets the session: no marker, a message too short, an UPDATE whose lengths lie. */
function sendBroken(world: World, random: Random): string | undefined {
  const { plan, feeder } = someFeeder(world, random);
  const bytes = new Uint8Array(23).fill(255, 0, 16);
  bytes.set([0, 23, MessageType.update, 0, 0, 0, 0], 16);
  const what = random.pick(["marker", "length", "attributes"]);
  if (what === "marker") bytes[3] = 0;
  if (what === "length") bytes[17] = 20;
  if (what === "attributes") bytes[22] = 200;
  return feeder.sendRaw(() => bytes) ? `${plan.name} sends an UPDATE with a broken ${what}` : undefined;
}

function stepWallClock(world: World, random: Random): string {
  const ms = Math.round(random.pick([-1, 1]) * random.magnitude(10, 3_600_000));
  world.clock.stepWall(ms);
  return `the wall clock is set by ${ms} ms`;
}

function loseDatabase(world: World, random: Random): string | undefined {
  const speaker = random.pick(world.speakers);
  if (!speaker.running || !speaker.life.ready) return undefined;
  speaker.life.loseDatabase();
  return `${speaker.config.name}: somebody removes the database`;
}

function describe(routes: readonly Route[]): string {
  const shown = routes.slice(0, 4).map(keyOf).join(", ");
  return routes.length > 4 ? `${shown} and ${routes.length - 4} more` : shown === "" ? "nothing" : shown;
}
