/**
 * The questions of examples/queries.sql in plain sqlite3 on a small database: their answers, and that indexes answer
 * them.
 */

import assert from "node:assert/strict";
import { parseExtCommunity } from "../../../../src/message/mod.ts";
import { EndedBy, Ineligible } from "../../../../src/rib/mod.ts";
import { Avs, Ovs, validityOf } from "../../../../src/rpki/mod.ts";
import { StoreWriter } from "../../../../src/store/mod.ts";
import { readQueries } from "../../../support/queries.ts";
import { hasSqlite3, queryPlan, sqlite3 } from "../../../support/sqlite3.ts";
import { attributes, Batch, labelled, withFolder } from "../fixture.ts";

const ignore = !hasSqlite3("the queries of examples/queries.sql are not tested");

const minute = 60_000;

/**
 * | prefix | 192.0.2.1 (AS 65001) | 192.0.2.2 (AS 65002) |
 * |---|---|---|
 * | 198.51.0.0/16 | 65001 65003 | |
 * | 198.51.100.0/24 | 65001 3356 65010, best; 65001 65099 until 5 minutes ago | 65002 65011 |
 * | 198.51.100.0/25 | 65001 3356 65010 | 65002 65010, since 2 minutes; flapped three times |
 * | 198.51.200.0/24 | withdrawn 20 minutes ago | |
 * | 2001:db8::/32 | 65001 3356 65010, received as 65001 65003 | |
 * | 203.0.113.0/24 | | 65002 65000 65020: a loop |
 * | 2001:db8:1::/48 | | 65002 65002 65002 65010 |
 *
 * The database of questions about other families has two VPNs with 198.51.0.0/16 and one with 198.51.100.0/24, two flow
 * rules, a third one that ended, and a MAC address that both peers announce.
 */
async function withTable(test: (path: string, now: number) => Promise<void>): Promise<void> {
  // Some queries ask for the last minutes: those before this test, however long those before it took.
  const now = Date.now();
  const old = longBefore(now);
  await withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    const writer = new StoreWriter(path, { now: () => now });
    writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1", remoteAs: 65001 });
    writer.peers.upsert({ name: "192.0.2.2", remoteIp: "192.0.2.2", remoteAs: 65002 });
    writer.apply(
      new Batch()
        .prefix(1, "198.51.0.0/16").prefix(2, "198.51.100.0/24").prefix(3, "198.51.100.0/25")
        .prefix(4, "198.51.200.0/24").prefix(5, "2001:db8::/32").prefix(6, "2001:db8:1::/48")
        .prefix(7, "203.0.113.0/24")
        .set(1, attributes("65001 65003"))
        .set(2, attributes("65001 3356 65010", "192.0.2.1", { communities: [65001 * 65536 + 99, 65001 * 65536 + 1] }))
        .set(3, attributes("65002 65011", "192.0.2.2"))
        .set(4, attributes("65002 65010", "192.0.2.2"))
        .set(5, attributes("65002 65002 65002 65010", "2001:db8::2"))
        .set(6, attributes("65001 65099"))
        .set(7, attributes("65002 65000 65020", "192.0.2.2"))
        .route(1, 1, 1, { at: old }).route(1, 2, 2, { at: now - 5 * minute }).route(1, 3, 2, { at: old })
        .route(1, 5, 2, { at: old, receivedId: 1 })
        .route(2, 7, 7, { at: old, ineligible: Ineligible.ownAsn })
        .route(2, 2, 3, { at: old }).route(2, 3, 4, { at: now - 2 * minute }).route(2, 6, 5, { at: old })
        .best(1, 1).best(2, 1, { step: 3 }).best(3, 1, { step: 3 }).best(5, 1).best(6, 2)
        .history(old, now - 5 * minute, 1, 2, 6, EndedBy.replaced)
        .history(old, now - 20 * minute, 1, 4, 1, EndedBy.withdrawn)
        .history(old, now - 9 * minute, 2, 3, 4, EndedBy.withdrawn)
        .history(now - 8 * minute, now - 7 * minute, 2, 3, 4, EndedBy.withdrawn)
        .history(now - 6 * minute, now - 3 * minute, 2, 3, 5, EndedBy.withdrawn)
        .event({ kind: "endOfRib", peerId: 1, family: 1, at: old })
        .event({ kind: "endOfRib", peerId: 1, family: 2, at: old })
        .event({ kind: "gap", from: now - 11 * minute, to: now - 9 * minute, since: old, changes: 4 }).batch,
    );
    writer.peers.state(1, { state: "Established", since: old, families: 0b110 });
    writer.peers.state(2, { state: "Idle", since: now });
    writer.peers.event(2, { at: now, kind: "down", text: "hold timer expired" });
    writer.writePeers();
    writer.indexes.buildAll();
    try {
      await test(path, now);
    } finally {
      writer.close();
    }
  });
}

const vpn4 = 7, flowspec4 = 9, evpn = 13;

async function withOtherFamilies(test: (path: string, now: number) => Promise<void>): Promise<void> {
  const now = Date.now();
  const old = longBefore(now);
  const targets = (...words: string[]) => ({ extCommunities: words.map((word) => parseExtCommunity(word)!) });
  await withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    const writer = new StoreWriter(path, { now: () => now });
    writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1", remoteAs: 65001 });
    writer.peers.upsert({ name: "192.0.2.2", remoteIp: "192.0.2.2", remoteAs: 65002 });
    writer.apply(
      new Batch()
        .nlri(1, vpn4, "65000:1 198.51.0.0/16").nlri(2, vpn4, "65000:1 198.51.100.0/24")
        .nlri(3, vpn4, "65000:2 198.51.0.0/16")
        .nlri(4, flowspec4, "source 192.0.2.7/32").nlri(5, flowspec4, "destination 198.51.100.7/32 protocol =udp")
        .nlri(6, flowspec4, "protocol =icmp")
        .nlri(7, evpn, "mac-ip rd 65000:1 tag 0 mac 00:00:5e:00:53:01 ip 192.0.2.9")
        .set(1, labelled("65001", [100], targets("rt:65000:100")))
        .set(2, labelled("65002", [200], targets("rt:65000:200")))
        .set(3, attributes("65001", "192.0.2.1", targets("discard")))
        .set(4, attributes("65001", "192.0.2.1", targets("rate-limit:1000")))
        .route(1, 1, 1).route(1, 2, 1).route(2, 3, 2).route(1, 4, 3, { at: old }).route(1, 5, 4, { at: old })
        .route(1, 7, 1, { at: now }).route(2, 7, 2, { at: now })
        .best(1, 1).best(2, 1).best(3, 2).best(4, 1).best(5, 1).best(7, 2)
        .history(old, now - minute, 1, 6, 3, EndedBy.withdrawn).batch,
    );
    writer.indexes.buildAll();
    try {
      await test(path, now);
    } finally {
      writer.close();
    }
  });
}

/**
 * | prefix | 192.0.2.1 (AS 65001) | 192.0.2.2 (AS 65002) | VRPs |
 * |---|---|---|---|
 * | 198.51.100.0/24 | origin 65010, valid | origin 65099, invalid since 5 minutes | /24 65010 since long |
 * | 198.51.101.0/24 | origin 65020, invalid | | /24 65010 since 10 minutes; before, /24 65020 |
 * | 203.0.113.0/24 | origin 65010, not found | | |
 * | 192.0.2.0/24 | origin 65020, invalid | | /24 of AS 0 since long |
 *
 * 198.51.102.0/24 of AS 65010 has no route. A route for 198.51.100.0/24 of AS 65098 ended 30 minutes ago. The path of
 * 203.0.113.0/24 is a leak. We are AS 65010. More is in {@link moreRpki}.
 */
async function withRpki(test: (path: string, now: number) => Promise<void>): Promise<void> {
  const now = Date.now();
  const old = longBefore(now);
  await withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    const writer = new StoreWriter(path, { now: () => now });
    writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1", remoteAs: 65001 });
    writer.peers.upsert({ name: "192.0.2.2", remoteIp: "192.0.2.2", remoteAs: 65002 });
    const [valid, invalid] = [validityOf(Ovs.valid, Avs.none), validityOf(Ovs.invalid, Avs.none)];
    writer.apply(
      new Batch()
        .vrps(old, ["198.51.100.0/24 24 65010", "192.0.2.0/24 24 0", "198.51.102.0/24 25 65010"])
        .vrps(old, ["198.51.101.0/24 24 65020"])
        .vrps(now - 10 * minute, ["198.51.101.0/24 24 65010"])
        .vrps(now - 10 * minute, ["198.51.101.0/24 24 65020"], false)
        .event({ kind: "rpkiComplete", at: now - 10 * minute })
        .prefix(1, "198.51.100.0/24").prefix(2, "198.51.101.0/24").prefix(3, "203.0.113.0/24").prefix(4, "192.0.2.0/24")
        .set(1, attributes("65001 65010")).set(2, attributes("65002 65099", "192.0.2.2"))
        .set(3, attributes("65001 65020")).set(4, attributes("65002 65098", "192.0.2.2"))
        .route(1, 1, 1, { at: old, validity: valid })
        .route(2, 1, 2, { at: now - 5 * minute, validity: invalid })
        .route(1, 2, 3, { at: now - 20 * minute, validity: invalid })
        .route(1, 3, 1, { at: old, validity: validityOf(Ovs.notFound, Avs.invalid) })
        .route(1, 4, 3, { at: old, validity: invalid })
        .best(1, 1).best(2, 1).best(3, 1).best(4, 1)
        .history(now - 60 * minute, now - 30 * minute, 2, 1, 4, EndedBy.withdrawn).batch,
    );
    writer.run.configuration("", 65010);
    writer.writePeers();
    writer.apply(moreRpki(now));
    writer.indexes.buildAll();
    try {
      await test(path, now);
    } finally {
      writer.close();
    }
  });
}

/**
 * | prefix | routes | VRPs |
 * |---|---|---|
 * | 198.18.0.0/24 | our own, valid | 65010 |
 * | 198.18.1.0/24 | our own, not found | |
 * | 198.18.2.0/24 | of one peer: a valid path and, from the same moment, an invalid one | 65010 |
 * | 198.18.3.0/24 | an invalid one, and a valid one that import policy rejected | 65010 |
 * | 198.18.4.0/24 | invalid since long | 65098; since 10 minutes also 65097 |
 * | 198.18.5.0/24 | invalid, announced 2 minutes ago | 65097 since 10 minutes |
 * | 2001:db8:1::/48 | longer than the VRP allows | /32 up to /40 65010 |
 * | 2001:db9:0:0:c000::/66 | valid when announced | a /65 of 65010, for 10 minutes of 65097 |
 * | 2001:dba:5::/48 | invalid | /32 of AS 0 |
 * | 2001:dbc:0:0:c000::/66 | valid | a /65 up to /66 65010 |
 */
function moreRpki(now: number): Batch["batch"] {
  const old = longBefore(now);
  const valid = validityOf(Ovs.valid, Avs.none), invalid = validityOf(Ovs.invalid, Avs.none);
  const notFound = validityOf(Ovs.notFound, Avs.none);
  const rejected = 2;
  return new Batch()
    .vrps(old, ["198.18.0.0/24 24 65010", "198.18.2.0/24 24 65010", "198.18.3.0/24 24 65010", "198.18.4.0/24 24 65098"])
    .vrps(old, ["2001:db8::/32 40 65010", "2001:db9:0:0:8000::/65 66 65010", "2001:dba::/32 32 0"])
    .vrps(old, ["2001:dbc:0:0:8000::/65 66 65010"])
    .vrps(now - 10 * minute, ["198.18.4.0/24 24 65097", "198.18.5.0/24 24 65097", "2001:db9:0:0:8000::/65 66 65097"])
    .vrps(now - 10 * minute, ["2001:db9:0:0:8000::/65 66 65010"], false)
    .prefix(11, "198.18.0.0/24").prefix(12, "198.18.1.0/24").prefix(13, "198.18.2.0/24").prefix(14, "198.18.3.0/24")
    .prefix(15, "198.18.4.0/24").prefix(16, "198.18.5.0/24").prefix(17, "2001:db8:1::/48")
    .prefix(18, "2001:db9:0:0:c000::/66").prefix(19, "2001:dba:5::/48").prefix(20, "2001:dbc:0:0:c000::/66")
    .set(11, attributes("", "192.0.2.9")).set(12, attributes("65002 65010", "192.0.2.2"))
    .route(0, 11, 11, { at: old, validity: valid })
    .route(0, 12, 11, { at: old, validity: notFound })
    .route(2, 13, 12, { at: now - 3 * minute, pathId: 1, validity: valid })
    .route(2, 13, 2, { at: now - 3 * minute, pathId: 2, validity: invalid })
    .route(1, 14, 3, { at: old, validity: invalid })
    .route(2, 14, 12, { at: old, validity: valid, ineligible: rejected })
    .route(1, 15, 1, { at: old, validity: invalid })
    .route(2, 16, 12, { at: now - 2 * minute, validity: invalid })
    .route(1, 17, 1, { at: old, validity: invalid })
    .route(1, 18, 1, { at: old, validity: invalid })
    .route(1, 19, 1, { at: old, validity: invalid })
    .route(1, 20, 1, { at: old, validity: valid })
    .best(11, 0).best(12, 0).best(13, 2, { pathId: 1 }).best(14, 1).best(15, 1).best(16, 2).best(17, 1).best(18, 1)
    .best(19, 1).best(20, 1).batch;
}

const iso = (time: number) => new Date(time).toISOString();
const longBefore = (now: number) => now - 48 * 60 * minute;

/** The answers about the RPKI. */
const rpkiAnswersAt = (now: number): Readonly<Record<number, string>> => ({
  32: [
    ["192.0.2.0/24|192.0.2.1|65020|65001 65020|1", longBefore(now)],
    ["198.18.2.0/24|192.0.2.2|65099|65002 65099|0", now - 3 * minute],
    ["198.18.3.0/24|192.0.2.1|65020|65001 65020|1", longBefore(now)],
    ["198.18.4.0/24|192.0.2.1|65010|65001 65010|1", longBefore(now)],
    ["198.18.5.0/24|192.0.2.2|65010|65002 65010|1", now - 2 * minute],
    ["198.51.100.0/24|192.0.2.2|65099|65002 65099|0", now - 5 * minute],
    ["198.51.101.0/24|192.0.2.1|65020|65001 65020|1", now - 20 * minute],
    ["2001:db8:1::/48|192.0.2.1|65010|65001 65010|1", longBefore(now)],
    ["2001:db9:0:0:c000::/66|192.0.2.1|65010|65001 65010|1", longBefore(now)],
    ["2001:dba:5::/48|192.0.2.1|65010|65001 65010|1", longBefore(now)],
  ].map(([text, at]) => `${text}|${iso(Number(at))}`).join("\n"),
  33: `198.51.100.0/24|24|65010|${iso(longBefore(now))}`,
  34: [
    [longBefore(now), undefined, "192.0.2.1|192.0.2.0/24|65020"],
    [longBefore(now), undefined, "192.0.2.1|198.18.3.0/24|65020"],
    [longBefore(now), undefined, "192.0.2.1|198.18.4.0/24|65010"],
    [longBefore(now), undefined, "192.0.2.1|2001:db8:1::/48|65010"],
    [longBefore(now), undefined, "192.0.2.1|2001:dba:5::/48|65010"],
    [now - 60 * minute, now - 30 * minute, "192.0.2.2|198.51.100.0/24|65098"],
    [now - 5 * minute, undefined, "192.0.2.2|198.51.100.0/24|65099"],
    [now - 3 * minute, undefined, "192.0.2.2|198.18.2.0/24|65099"],
    [now - 2 * minute, undefined, "192.0.2.2|198.18.5.0/24|65010"],
  ].map(([from, to, text]) => `${iso(Number(from))}|${iso(Number(to ?? 253_402_300_799_999))}|${text}`).join("\n"),
  35: `198.51.101.0/24|192.0.2.1|65020|198.51.101.0/24|65010|24|${iso(now - 10 * minute)}\n` +
    `2001:db9:0:0:c000::/66|192.0.2.1|65010|2001:db9:0:0:8000::/65|65097|66|${iso(now - 10 * minute)}`,
  36: "192.0.2.0/24|192.0.2.1|65001 65020\n198.18.3.0/24|192.0.2.1|65001 65020\n" +
    "198.18.4.0/24|192.0.2.1|65001 65010\n198.18.5.0/24|192.0.2.2|65002 65010\n" +
    "198.51.101.0/24|192.0.2.1|65001 65020\n2001:db8:1::/48|192.0.2.1|65001 65010\n" +
    "2001:db9:0:0:c000::/66|192.0.2.1|65001 65010\n2001:dba:5::/48|192.0.2.1|65001 65010",
  37: "192.0.2.0/24|192.0.2.0/24|192.0.2.1|65020\n2001:dba::/32|2001:dba:5::/48|192.0.2.1|65010",
  38: "198.18.1.0/24||local\n203.0.113.0/24|65001 65010|192.0.2.1",
  39: `198.51.101.0/24|24|${iso(now - 10 * minute)}\n198.51.102.0/24|25|${iso(longBefore(now))}\n` +
    `2001:db8::/32|40|${iso(longBefore(now))}`,
  40: "192.0.2.1|65001|1|203.0.113.0/24",
  41: `198.51.101.0/24|192.0.2.1|65020|${iso(now - 20 * minute)}|198.51.101.0/24|24|${iso(now - 10 * minute)}\n` +
    `2001:db9:0:0:c000::/66|192.0.2.1|65010|${iso(longBefore(now))}|2001:db9:0:0:8000::/65|66|${
      iso(now - 10 * minute)
    }`,
});

/** What sqlite3 prints, by number of the query. */
const answersAt = (now: number): Readonly<Record<number, string | RegExp>> => ({
  1: "198.51.100.0/25|192.0.2.1|192.0.2.1|65001 3356 65010",
  2: "2001:db8:1::/48|192.0.2.2|2001:db8::2|65002 65002 65002 65010",
  3: `192.0.2.1|192.0.2.1|65001 3356 65010||1|AS path length||${
    iso(now - 5 * minute)
  }\n192.0.2.2|192.0.2.2|65002 65011||0|||${iso(longBefore(now))}`,
  4: "198.51.0.0/16|192.0.2.1|65001 65003",
  5: "198.51.100.0/24|192.0.2.1|65001 3356 65010\n198.51.100.0/25|192.0.2.1|65001 3356 65010",
  6: "198.51.100.0/24|192.0.2.1|65001 3356 65010|1\n198.51.100.0/25|192.0.2.1|65001 3356 65010|1\n" +
    "198.51.100.0/25|192.0.2.2|65002 65010|0\n2001:db8:1::/48|192.0.2.2|65002 65002 65002 65010|1\n" +
    "2001:db8::/32|192.0.2.1|65001 3356 65010|1",
  7: /^(192.*|198\.51\.100\.0\/24\|192\.0\.2\.1\|65001 3356 65010\n198\.51\.100\.0\/25\|.*\n2001:db8::\/32\|.*)$/,
  8: /^(198.51.100.0\/24|198.51.100.0\/25|2001:db8::\/32)\|192.0.2.1\|65001:99 65001:1\n.*\n.*$/,
  9: "198.51.100.0/24|65010,65011|2",
  10: "198.51.0.0/16|65001 65003\n2001:db8::/32|65001 3356 65010",
  11: "2|1\n3|3\n4|1",
  12: [
    [9, "withdraw|192.0.2.2|198.51.100.0/25|65002 65010"],
    [8, "announce|192.0.2.2|198.51.100.0/25|65002 65010"],
    [7, "withdraw|192.0.2.2|198.51.100.0/25|65002 65010"],
    [6, "announce|192.0.2.2|198.51.100.0/25|65002 65002 65002 65010"],
    [5, "announce|192.0.2.1|198.51.100.0/24|65001 3356 65010"],
    [3, "withdraw|192.0.2.2|198.51.100.0/25|65002 65002 65002 65010"],
    [2, "announce|192.0.2.2|198.51.100.0/25|65002 65010"],
  ].map(([ago, text]) => `${iso(now - Number(ago) * minute)}|${text}`).join("\n"),
  13: "198.51.100.0/25|192.0.2.2|3|3\n198.51.200.0/24|192.0.2.1|1|1\n198.51.100.0/24|192.0.2.1|1|0",
  14: /\|192\.0\.2\.1\|65001 65099\|replaced\n.*65011\|\n.*\|192\.0\.2\.1\|65001 3356 65010\|$/,
  15: new RegExp(
    "^192.0.2.1\\|198.51.0.0/16\\|192.0.2.1\\|65001 65003\n(.*\n)*192.0.2.1\\|198.51.100.0/24\\|192.0.2.1\\|65001" +
      " 65099\n(.*\n)*" +
      `${now - 11 * minute}\\|${now - 9 * minute}\\|4$`,
  ),
  16: "198.51.100.0/24|192.0.2.1|65010|65001 3356 65010",
  17: "3|65001 3356 65010|65001:99 65001:1\n1|65001 65003|\n1|65002 65011|\n1|65002 65010|\n1|65002 65002 65002" +
    " 65010|\n" +
    "1|65002 65000 65020|",
  18: `192.0.2.2|65002|Idle|${iso(now)}|0||0`,
  19: "65010|4\n65003|1",
  20: "ipv4 unicast|16|1\nipv4 unicast|24|1\nipv4 unicast|25|1\nipv6 unicast|32|1\nipv6 unicast|48|1",
  21: "only route|3\nAS path length|2",
  22: "65002|2\n3356|1",
  23: `${iso(now)}|192.0.2.2|down|hold timer expired`,
  24: "198.51.100.0/24|192.0.2.1|65001 3356 65010|AS path length\n" +
    "198.51.100.0/25|192.0.2.1|65001 3356 65010|AS path length",
  25: "own ASN in AS path|192.0.2.2|1|203.0.113.0/24",
  26: "2001:db8::/32|192.0.2.1|65001 65003|65001 3356 65010||||65001:99 65001:1",
  27: "65000:1|198.51.100.0/24|192.0.2.1|100|192.0.2.1|24\n65000:2|198.51.0.0/16|192.0.2.2|200|192.0.2.1|16",
  28:
    "ipv4 vpn|65000:1|198.51.0.0/16|192.0.2.1|100|192.0.2.1\nipv4 vpn|65000:1|198.51.100.0/24|192.0.2.1|100|192.0.2.1",
  29: `ipv4 flowspec|destination 198.51.100.7/32 protocol =udp|rate-limit:1000|192.0.2.1|${
    iso(longBefore(now))
  }\nipv4 flowspec|source 192.0.2.7/32|discard|192.0.2.1|${iso(longBefore(now))}`,
  30: `65000:1|192.0.2.9|200|192.0.2.1|192.0.2.2|1|${iso(now)}\n65000:1|192.0.2.9|100|192.0.2.1|192.0.2.1|0|${
    iso(now)
  }`,
  31: new RegExp(
    `^${iso(longBefore(now))}\\|${iso(now - minute)}\\|192.0.2.1\\|protocol =icmp\\|withdrawn\n` +
      ".*source 192.0.2.7/32\\|\n.*=udp\\|$|^.*=icmp.*\n.*=udp\\|\n.*7/32\\|$",
  ),
  ...rpkiAnswersAt(now),
  42: `edge2|down|${iso(now - minute)}|0|0|the network is down\nedge1|up|${iso(longBefore(now))}|1|4|`,
  43: "edge1|adj-in|192.0.2.7|192.0.2.1|65007 65010||\nedge1|adj-in-post|192.0.2.7|192.0.2.1|65007 65010|200|",
  44: "edge1|192.0.2.7|dropped|198.51.0.0/16|65007 65010\nedge1|192.0.2.7|changed|198.51.100.0/24|65007 65010",
  45: [
    `${iso(longBefore(now))}|${iso(now - minute)}|edge1|adj-in|192.0.2.7|65007 65099|replaced`,
    `${iso(now - minute)}|9999-12-31T23:59:59.999Z|edge1|adj-in|192.0.2.7|65007 65010|`,
    `${iso(now - minute)}|9999-12-31T23:59:59.999Z|edge1|adj-in-post|192.0.2.7|65007 65010|`,
  ].join("\n"),
  46: "198.51.0.0/16|edge1|1",
});

/**
 * Router edge1 reports two routes of 192.0.2.7 before its policy, which drops one and gives the other a LOCAL_PREF, and
 * one route of its Loc-RIB; edge2 is down. A session of ours has 198.51.100.0/24.
 */
async function withRouters(test: (path: string, now: number) => Promise<void>): Promise<void> {
  const now = Date.now(), old = longBefore(now);
  const router = { sysName: "", address: "192.0.2.254", description: "", reason: undefined, isUp: true, since: old };
  const table = { routerId: 1, peerType: 0, distinguisher: "0", address: "192.0.2.7", peer: "192.0.2.7", asn: 65007 };
  const state = { bgpId: 1, isUp: true, since: old, reason: undefined };
  const pre = 1_000_000, post = pre + 1;
  await withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    const writer = new StoreWriter(path, { now: () => now });
    writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1", remoteAs: 65001 });
    writer.apply(
      new Batch()
        .event({ kind: "router", row: { ...router, id: 1, name: "edge1" } })
        .event({
          kind: "router",
          row: { ...router, id: 2, name: "edge2", isUp: false, since: now - minute, reason: "the network is down" },
        })
        .event({ kind: "routerPeer", row: { ...table, ...state, id: pre, ribKind: "adj-in" } })
        .event({ kind: "routerPeer", row: { ...table, ...state, id: post, ribKind: "adj-in-post" } })
        .event({ kind: "held", rows: Float64Array.of(pre, 1, 2, 0, 2, post, 1, 2, 0, 2) })
        .prefix(1, "198.51.0.0/16").prefix(2, "198.51.100.0/24")
        .set(1, attributes("65007 65010")).set(2, attributes("65007 65010", "192.0.2.1", { localPref: 200 }))
        .set(3, attributes("65007 65099")).set(4, attributes("65001 65010"))
        .route(1, 2, 4, { at: old })
        .route(pre, 1, 1, { at: old }).route(pre, 2, 1, { at: now - minute }).route(post, 2, 2, { at: now - minute })
        .history(old, now - minute, pre, 2, 3, EndedBy.replaced).batch,
    );
    writer.indexes.buildAll();
    try {
      await test(path, now);
    } finally {
      writer.close();
    }
  });
}

const queries = await readQueries();
/** Tables of a query's own, views, and the one small table of each peer's families. */
const computed = new RegExp(
  "^(octet|address|length|mask|m|text|whole|group4|word|given|h|updates|lost_routes|peer_families|json_each|CONSTANT" +
    "|\\d+)$",
);
/** The numbers of the first questions about other families than unicast and multicast, and about the RPKI. */
const firstOther = 27;
const firstRpki = 32;
/** The same about routers. */
const firstRouter = 42;

function tableOf(number: number): typeof withTable {
  if (number < firstOther) return withTable;
  if (number < firstRpki) return withOtherFamilies;
  return number < firstRouter ? withRpki : withRouters;
}

Deno.test("every query has an expected answer, and every expected answer a query", () =>
  assert.deepEqual(queries.map(({ number }) => String(number)), Object.keys(answersAt(0))));

for (const { number, title, statements, byIndex } of queries) {
  Deno.test({
    name: `sqlite3 answers: ${number}. ${title}`,
    ignore,
    fn: () =>
      tableOf(number)(async (path, now) => {
        const answer = (await sqlite3(path, statements.join(";\n"))).trim();
        const expected = answersAt(now)[number]!;
        if (typeof expected === "string") assert.equal(answer, expected);
        else assert.match(answer, expected);
        for (const statement of number < firstRpki ? [] : statements) {
          const plan = await queryPlan(path, statement);
          assert.ok(!plan.some((line) => line.startsWith("SCAN vrp_intervals")), `VRPs by key: ${plan.join("\n")}`);
        }
        if (!byIndex) return;
        for (const statement of statements) {
          const plan = await queryPlan(path, statement);
          // What is scanned is computed from the question, or is said to be.
          const scanned = plan.map((line) => /^SCAN (\w+)/.exec(line)?.[1]).filter((name) => name !== undefined)
            .filter((name) => !computed.test(name) && !/^\w+_history$/.test(name));
          const allowed = title.includes("walk over the routes") ? ["r"] : [];
          assert.deepEqual(scanned, allowed, plan.join("\n"));
        }
      }),
  });
}

Deno.test({
  name: "sqlite3 finds the longest match of IPv6 addresses in every spelling",
  ignore,
  fn: () =>
    withTable(async (path) => {
      const sql = queries.find(({ number }) => number === 2)!.statements[0]!;
      const spellings = {
        "2001:db8:1::": "2001:db8:1::/48",
        "2001:DB8:1:0:0:0:0:7": "2001:db8:1::/48",
        "2001:0db8:0001::ffff": "2001:db8:1::/48",
        "2001:db8::": "2001:db8::/32",
        "2001:db8:2:3:4:5:6:7": "2001:db8::/32",
        "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff": "2001:db8::/32",
        "::": "",
        "::1": "",
        "fe80::1": "",
      };
      for (const [address, prefix] of Object.entries(spellings)) {
        const answer = await sqlite3(path, sql.replace("2001:db8:1::7", address));
        assert.equal(answer.split("|")[0], prefix, address);
      }
    }),
});

Deno.test({
  name: "sqlite3 runs the whole file of queries at once",
  ignore,
  fn: () =>
    withTable(async (path) => {
      const text = await Deno.readTextFile(new URL("../../../../examples/queries.sql", import.meta.url));
      assert.match(await sqlite3(path, text), /hold timer expired\n[^]*65001:99 65001:1$/);
    }),
});
