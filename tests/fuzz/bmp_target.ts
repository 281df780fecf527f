/** What a router sends to a station, with any content: messages one by one, and the connection that reads them. */
import assert from "node:assert/strict";
import { BmpFramer, type BmpMessage, type BmpPeer, decodeBmp, encodeBmp, Station } from "../../src/bmp/mod.ts";
import { encodeOpen } from "../../src/message/mod.ts";
import { inVersion4 } from "../support/bmp_router.ts";
import { edit, join } from "./mutate.ts";
import type { Random } from "./random.ts";
import type { Target } from "./harness.ts";

const messages: Target = {
  name: "BMP messages",
  run(bytes, start, end) {
    const framer = new BmpFramer(), said: string[] = [];
    framer.push(bytes.subarray(start, end));
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
      said.push(frame.kind === "broken" ? frame.text : readMessage(frame.bytes));
    }
    return said.join("\n");
  },
};

function readMessage(bytes: Uint8Array): string {
  const message = decodeBmp(bytes);
  // A statistic that came with another length is written with the length of its type.
  if (message.kind !== "fault" && message.kind !== "statistics") {
    assert.deepEqual(decodeBmp(encodeBmp(message)), message);
  }
  return text(message);
}

const connection: Target = {
  name: "BMP station",
  run(bytes, start, end) {
    const third = start + Math.trunc((end - start) / 3);
    const whole = play([bytes.subarray(start, end)]);
    assert.equal(play([bytes.subarray(start, third), bytes.subarray(third, end)]), whole, "cut in two");
    return whole;
  },
};

function play(chunks: readonly Uint8Array[]): string {
  const station = new Station(), up = new Set<string>(), said: string[] = [];
  for (const chunk of chunks) {
    station.push(chunk);
    for (let event = station.next(); event !== undefined; event = station.next()) {
      assert.notEqual(said.at(-1), "end", "nothing follows the end");
      if (event.kind === "peerUp") up.add(event.peer.key);
      else if ("peer" in event) assert.ok(up.has(event.peer.key), "an event of a peer that is not up");
      if (event.kind === "peerDown") up.delete(event.peer.key);
      said.push(text(event));
      if (event.kind === "end") said.push("end");
    }
  }
  assert.deepEqual([...station.peers].map(({ key }) => key).sort(), [...up].sort());
  return said.join("\n");
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => typeof part === "bigint" ? `${part}` : part);
}

export const bmpTargets: readonly Target[] = [messages, connection];

/** Octets change, and messages come in another order. */
export function mutateBmp(random: Random, input: Uint8Array): Uint8Array {
  const edited = random.chance(3) ? input : edit(random, input);
  return random.chance(3) ? join([edited, random.pick(seeds)]).subarray(0, 2000) : edited;
}

export function bmpSeeds(): readonly Uint8Array[] {
  return seeds;
}

const peer: BmpPeer = {
  type: 0,
  ribKind: "adj-in",
  twoOctetAsPath: false,
  filtered: false,
  distinguisher: 0n,
  address: new Uint8Array([192, 0, 2, 1]),
  asn: 64_497,
  bgpId: 1,
  seconds: 1,
  microseconds: 2,
};
const loc: BmpPeer = { ...peer, type: 3, ribKind: "loc", address: new Uint8Array(4) };
const information = [{ type: 2, value: new TextEncoder().encode("r1") }];
const update = new Uint8Array(23).fill(0xff, 0, 16);
update.set([0, 23, 2], 16);

function peerUp(of: BmpPeer, afi: number): BmpMessage {
  const capabilities = [{ kind: "multiprotocol", afi, safi: 1 } as const];
  const open = encodeOpen({ version: 4, asn: 64_496, holdTimeSeconds: 90, routerId: 1, capabilities });
  return {
    kind: "peerUp",
    peer: of,
    localAddress: new Uint8Array(of.address.length),
    localPort: 179,
    remotePort: 5,
    sentOpen: open,
    receivedOpen: open,
    information,
  };
}

const bodies: readonly (readonly BmpMessage[])[] = [
  [peerUp(peer, 1), { kind: "routeMonitoring", peer, update }, { kind: "peerDown", peer, reason: 5, data: update }],
  [peerUp(loc, 1), peerUp(loc, 2), { kind: "routeMonitoring", peer: loc, update }],
  [peerUp(peer, 2), { kind: "statistics", peer, statistics: [{ type: 0, value: 5n }, { type: 7, value: 6n }] }],
  [peerUp(peer, 1), { kind: "routeMirroring", peer, items: [{ kind: "message", bytes: update }] }],
  [{ kind: "termination", information: [{ type: 1, value: new Uint8Array([0, 2]) }] }],
];

const version3 = bodies.map((list) => join([{ kind: "initiation", information } as const, ...list].map(encodeBmp)));
const seeds = [...version3, ...version3.map((messages) => inVersion4(messages, 7))];
