/** Records of an archive: the octets that peers sent, in the order in which they came, and the changes of sessions. */

import assert from "node:assert/strict";
import { BmpDownReason } from "../../../../src/bmp/mod.ts";
import type { MrtChoice, MrtFeed } from "../../../../src/rib/mod.ts";
import { allFamilies, familyMask, readUint16, readUint32 } from "../../../../src/types/mod.ts";
import { announce, v4, v6, wire, withdraw } from "../support.ts";
import { announceAll, MonitoredRig } from "./monitor_support.ts";

const choice: MrtChoice = { format: "mrt", tables: ["adj-in"], families: allFamilies, dump: false, mirrors: false };

/** Begins after the sessions that are up. */
function archiveOf(rig: MonitoredRig, more: Partial<MrtChoice> = {}): MrtFeed {
  rig.now += 1;
  return rig.rib.archive({ ...choice, ...more });
}

interface Read {
  readonly subtype: number;
  readonly peerAsn: number;
  /** The message, or the two states. */
  readonly content: Uint8Array;
}

/** Reads records of sessions over IPv4 with nothing of the decoder. */
function read(feed: MrtFeed, limit = Infinity): Read[] {
  const bytes = feed.pull(limit) ?? new Uint8Array(0), found: Read[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 12 + readUint32(bytes, at + 8), subtype = readUint16(bytes, at + 6);
    assert.equal(readUint16(bytes, at + 4), 17, "BGP4MP_ET");
    const isOld = subtype === 1 || subtype === 8, ends = at + 16;
    const peerAsn = isOld ? readUint16(bytes, ends) : readUint32(bytes, ends);
    found.push({ subtype, peerAsn, content: bytes.slice(ends + (isOld ? 4 : 8) + 4 + 8, end) });
    at = end;
  }
  return found;
}

const hex = (bytes: Uint8Array) => bytes.toHex();

Deno.test("RFC 6396 §4.4.3: MESSAGE_AS4 has the octets of a peer; §4.4.2: MESSAGE where its ASNs have two", () => {
  const rig = new MonitoredRig();
  const [four, two] = [rig.session(1), rig.session(2, { fourOctetAs: false })];
  const feed = archiveOf(rig);
  const sent = [
    announceAll(four, {}, [65001], "10.0.0.0/8"),
    announceAll(two, {}, [65002], "10.0.0.0/8", "2001:db8::/32"),
    withdraw(four, "10.0.0.0/8"),
  ];
  rig.send(1, sent[0]!);
  rig.send(2, sent[1]!);
  rig.send(1, sent[2]!);
  const records = read(feed);
  assert.deepEqual(records.map(({ subtype, peerAsn }) => [subtype, peerAsn]), [
    [4, 65001],
    [1, 65002],
    [1, 65002],
    [4, 65001],
  ]);
  assert.equal(records.map(({ content }) => hex(content)).join(""), sent.map(hex).join(""));
});

Deno.test("RFC 8050 §3: only messages with path identifiers are MESSAGE_AS4_ADDPATH", () => {
  const rig = new MonitoredRig();
  const context = rig.session(1, { addPathReceive: familyMask([v6]) });
  const feed = archiveOf(rig);
  const path = announce(context, wire({}, [65001]), "10.0.0.0/8");
  rig.send(1, path);
  const paths = announceAll(context, {}, [65001], { prefix: "2001:db8::/32", pathId: 7 });
  rig.send(1, paths);
  assert.deepEqual(read(feed).map(({ subtype, content }) => [subtype, hex(content)]), [[4, hex(path)], [
    9,
    hex(paths),
  ]]);
});

Deno.test("RFC 6396 §4.4.4: sessions that come up and end are state changes, after a peer's NOTIFICATION", () => {
  const rig = new MonitoredRig();
  rig.session(1);
  const feed = archiveOf(rig);
  assert.deepEqual(read(feed), [], "a session that was up before has no record");
  rig.session(2);
  const data = Uint8Array.of(...new Uint8Array(16).fill(255), 0, 21, 3, 6, 2);
  const { epoch } = rig.sessions.get(1)!;
  rig.rib.sessionDown(1, epoch, 0, { reason: BmpDownReason.remoteNotification, data });
  rig.down(2);
  assert.deepEqual(read(feed).map(({ subtype, peerAsn, content }) => [subtype, peerAsn, hex(content)]), [
    [5, 65002, "00050006"],
    [4, 65001, hex(data)],
    [5, 65001, "00060001"],
    [5, 65002, "00060001"],
  ]);
});

Deno.test("an archive has the peers and families that it is for", () => {
  const rig = new MonitoredRig();
  const contexts = [1, 2].map((id) => rig.session(id));
  const feed = archiveOf(rig, { peers: ["peer 2"], families: familyMask([v6]) });
  contexts.forEach((context, i) => rig.send(i + 1, announceAll(context, {}, [65001], "10.0.0.0/8", "2001:db8::/32")));
  const wanted = announceAll(contexts[1]!, {}, [65001], "2001:db8::/32");
  assert.deepEqual(read(feed).map(({ content }) => hex(content)), [hex(wanted)]);
  const other = archiveOf(rig, { families: familyMask([v4]) });
  rig.send(1, withdraw(contexts[0]!, "10.0.0.0/8", "2001:db8::/32"));
  assert.equal(read(other).length, 1);
});

Deno.test("what a slow archive has not read waits for it, whole records at a time", () => {
  const rig = new MonitoredRig();
  const context = rig.session(1);
  const feed = archiveOf(rig);
  const sent = Array.from({ length: 50 }, (_, i) => announce(context, wire({}, [65001]), `10.${i}.0.0/16`));
  for (const each of sent) rig.send(1, each);
  const found: string[] = [];
  for (let some = read(feed, 100); some.length > 0; some = read(feed, 100)) {
    assert.ok(some.length < 5);
    found.push(...some.map(({ content }) => hex(content)));
  }
  assert.deepEqual(found, sent.map(hex));
  feed.close();
});
