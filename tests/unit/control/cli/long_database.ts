/** A database whose texts are long: addresses, AS paths, communities, descriptions in other scripts. */
import { Batch } from "../../store/fixture.ts";
import { type AttributeSet, emptyAttributeSet, parseAsPath } from "../../../../src/message/mod.ts";
import { EndedBy } from "../../../../src/rib/mod.ts";
import { type PeerIdentity, StoreWriter } from "../../../../src/store/mod.ts";
import { familyMask, parseAddress } from "../../../../src/types/mod.ts";

/** When the routes were received; the commands run an hour later. */
export const received = Date.UTC(2026, 0, 31, 12);
export const later = received + 3_600_000;

export const transit = "2001:7f8:4:cafe:beef:1234:5678:9abc";
const peers: readonly PeerIdentity[] = [
  {
    name: transit,
    remoteIp: transit,
    remoteAs: 4_200_000_101,
    description: "Transit Nordic Backbone, Stockholm, circuit NB-2291/7, NOC +46 8 555 0100",
  },
  {
    name: "185.1.166.101",
    remoteIp: "185.1.166.101",
    remoteAs: 64_501,
    description: "東京インターネット交換局 (Tokyo)",
  },
  { name: "2001:db8::2", remoteIp: "2001:db8::2", remoteAs: 64_502, description: "\x1b[31mred\x07" },
  { name: "10.255.255.250", remoteIp: "10.255.255.250", remoteAs: 4_200_000_102 },
];

const communities = (count: number) => Array.from({ length: count }, (_, i) => 64_501 * 65_536 + 1000 + i);

const sets: readonly Partial<AttributeSet>[] = [
  {
    nextHop: parseAddress(transit),
    asPath: parseAsPath("4200000101 4200000117 64510 64510 64510 64510 64511 64512 64513 64514 64515 4200000190")!,
    med: 4_000_000_000,
    localPref: 200,
    communities: communities(40),
    largeCommunities: [[4_200_000_101, 4_200_000_102, 4_200_000_103], [64_501, 1, 2]],
  },
  { nextHop: parseAddress("185.1.166.101"), asPath: parseAsPath("64501 64520")!, communities: communities(2) },
  { nextHop: parseAddress("2001:db8::2"), asPath: parseAsPath("64502 {64530,64531} 64532")!, origin: 2 },
];

const prefixes = [
  "198.51.100.0/24",
  "203.0.113.128/25",
  "2001:db8:1234:5678:9abc:def0:1234:5678/128",
  "2001:db8:aaaa::/48",
];

export const leak = "policy transit-in-with-a-long-name, rule reject-prefixes-longer-than-48: length above 48";
const leakId = 70;

/** The writer keeps the database open, as a running daemon does. */
export function longDatabase(path: string): StoreWriter {
  const writer = new StoreWriter(path, { now: () => received, version: "9.9.9" });
  for (const peer of peers) writer.peers.upsert(peer);
  writer.apply(longBatch());
  writer.indexes.buildAll();
  const up = { state: "Established", since: received, holdTimeSeconds: 90, families: familyMask([1, 2]) } as const;
  writer.peers.state(1, {
    ...up,
    routerId: "185.1.166.254",
    localIp: "2001:7f8:4:cafe:beef:1234:5678:9abd",
    localAs: 4_200_000_000,
    capabilities: "multiprotocol ipv4 unicast, multiprotocol ipv6 unicast, route refresh, enhanced route refresh," +
      " graceful restart, 4-octet AS numbers, ADD-PATH, extended messages",
  });
  writer.peers.statistics(1, { messagesReceived: 1_234_567, messagesSent: 61, advertised: { 1: 943_210, 2: 198_765 } });
  writer.peers.state(2, { ...up, routerId: "185.1.166.101", localIp: "185.1.166.1", localAs: 65_000 });
  writer.peers.state(3, {
    state: "Idle",
    since: received + 60_000,
    reason: "received NOTIFICATION Cease / Administrative Shutdown: maintenance until 14:00 UTC, ticket 4711, call +46",
  });
  writer.peers.state(4, { state: "Disabled", since: received });
  writer.peers.event(1, { at: received, kind: "up", text: "session established, families ipv4 unicast, ipv6 unicast" });
  writer.writePeers();
  return writer;
}

function longBatch(): Batch["batch"] {
  const batch = new Batch();
  for (const [i, text] of prefixes.entries()) batch.prefix(i + 1, text);
  for (const [i, set] of sets.entries()) batch.set(i + 1, { ...emptyAttributeSet(), origin: 0, ...set });
  const minute = 60_000;
  return batch
    .route(1, 1, 1, { at: received }).route(2, 1, 2, { at: received - 40 * 86_400_000 }).best(1, 2)
    .route(2, 2, 2, { at: received, pathId: 4_000_000 }).best(2, 2, { pathId: 4_000_000 })
    .route(1, 3, 1, { at: received, ineligible: leakId })
    .route(1, 4, 1, { at: received }).route(3, 4, 3, { at: received }).best(4, 1)
    .history(received - 50 * minute, received - 30 * minute, 1, 1, 1, EndedBy.sessionLost)
    .history(received - 30 * minute, received - 20 * minute, 3, 1, 3, EndedBy.replaced)
    .event({ kind: "words", words: [[leakId, leak]] })
    .event({ kind: "held", rows: Float64Array.of(1, 1, 943_210, 0, 943_001, 1, 2, 198_765, 0, 198_765, 2, 1, 2, 0, 2) })
    .batch;
}

/** The commands whose tables are long, without the database. */
export const longCommands: readonly (readonly string[])[] = [
  ["show", "summary"],
  ["show", "peers"],
  ["show", "peer", "2001:db8::2"],
  ["show", "peer", transit],
  ["show", "routes"],
  ["show", "routes", "198.51.100.7"],
  ["show", "routes", "--rejected"],
  ["show", "routes", "--at", "2026-01-31T12:30:00Z"],
  ["show", "history", "198.51.100.0/24"],
  ["show", "history", "198.51.100.0/24", "--changes"],
];
