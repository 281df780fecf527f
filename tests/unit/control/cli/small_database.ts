/** A small database written by the store's own writer, as a daemon would leave it. */
import { emptyAttributeSet, encodeAttributeSet, parseAsPath } from "../../../../src/message/mod.ts";
import type { AttributeSet } from "../../../../src/message/mod.ts";
import { createStoreBatch, stride } from "../../../../src/rib/mod.ts";
import { StoreWriter } from "../../../../src/store/mod.ts";
import { familyMask, parseAddress, parsePrefix } from "../../../../src/types/mod.ts";

/** Noon of the first day of 2024, when the routes were received. */
export const noon = Date.UTC(2024, 0, 1, 12);

const sets: Partial<AttributeSet>[] = [
  {
    nextHop: parseAddress("127.0.0.2"),
    asPath: parseAsPath("65001 3356 65010")!,
    med: 50,
    localPref: 200,
    communities: [65001 * 65536 + 99],
    largeCommunities: [[65001, 1, 2]],
  },
  { nextHop: parseAddress("2001:db8::2"), asPath: parseAsPath("65002 {65011,65012}")! },
];

/** peer, prefix, set, is it the best, why is it ineligible */
const routes: [peer: number, prefix: string, set: number, isBest: boolean, ineligible: number][] = [
  [1, "198.51.100.0/24", 1, true, 0],
  [1, "198.51.100.128/25", 1, true, 0],
  [2, "198.51.100.0/24", 1, false, 1],
  [2, "2001:db8:1::/48", 2, true, 0],
];

/**
 * Peers 127.0.0.2 ("first", Established, AS 65001), 2001:db8::2 (Idle, AS 65002), 127.0.0.3 (Disabled). The writer
 * keeps the database open, as a running daemon does, until it is closed.
 */
export function smallDatabase(path: string): StoreWriter {
  const writer = new StoreWriter(path, { now: () => noon, version: "9.9.9" });
  const first = writer.peers.upsert({
    name: "127.0.0.2",
    remoteIp: "127.0.0.2",
    remoteAs: 65001,
    description: "first",
    group: "lab",
  });
  const second = writer.peers.upsert({
    name: "2001:db8::2",
    remoteIp: "2001:db8::2",
    remoteAs: 65002,
    role: "customer",
  });
  const third = writer.peers.upsert({ name: "127.0.0.3", remoteIp: "127.0.0.3", remoteAs: 65003 });
  const batch = createStoreBatch(16);
  const numbers = new Map<string, number>();
  for (const [, text] of routes) {
    if (numbers.has(text)) continue;
    const { octets, length } = parsePrefix(text)!;
    const view = new DataView(octets.buffer, octets.byteOffset);
    const words = [0, 1, 2, 3].map((i) => 4 * i < octets.length ? view.getInt32(4 * i) : 0);
    const id = numbers.size + 1;
    numbers.set(text, id);
    batch.prefixes.set([id, octets.length === 4 ? 1 : 2, ...words, length], batch.prefixCount++ * stride.prefixes);
  }
  for (const [i, set] of sets.entries()) {
    const wire = encodeAttributeSet({ ...emptyAttributeSet(), origin: 0, ...set });
    batch.sets.set([i + 1, batch.setBytesLength, wire.length], batch.setCount++ * stride.sets);
    batch.setBytes.set(wire, batch.setBytesLength);
    batch.setBytesLength += wire.length;
  }
  for (const [peer, text, set, isBest, ineligible] of routes) {
    const id = peer === 1 ? first : second;
    const prefix = numbers.get(text)!;
    batch.routes.set([id, prefix, -1, set, 0, ineligible, noon], batch.routeCount++ * stride.routes);
    if (isBest) batch.best.set([prefix, id, -1, 1, noon], batch.bestCount++ * stride.best);
  }
  batch.events.push({ kind: "endOfRib", peerId: first, family: 1, at: noon });
  batch.events.push({ kind: "held", rows: Float64Array.of(first, 1, 2, 0, 2, second, 1, 1, 0, 0, second, 2, 1, 0, 1) });
  batch.writtenTo = noon;
  writer.apply(batch);
  writer.peers.state(first, {
    state: "Established",
    since: noon,
    routerId: "2.2.2.2",
    localIp: "127.0.0.1",
    localAs: 65000,
    holdTimeSeconds: 90,
    capabilities: "multiprotocol ipv4 unicast, route refresh",
    families: familyMask([1]),
  });
  writer.peers.statistics(first, { messagesReceived: 6, messagesSent: 3, updates: 2, advertised: { 1: 7 } });
  writer.peers.state(third, { state: "Disabled", since: noon });
  writer.peers.event(first, { at: noon, kind: "up", text: "session established" });
  writer.writePeers();
  return writer;
}
