/** Captures of real routers, read by the station: its peers are those that pmacct logged, and no octet is left. */
import assert from "node:assert/strict";
import { Station } from "../../src/bmp/mod.ts";
import { formatAddress } from "../../src/types/mod.ts";
import { sentToPort } from "../support/bmp_captures.ts";
import { hasShared, sharedPath } from "../support/shared_data.ts";

interface Line {
  readonly bmp_msg_type?: string;
  readonly peer_ip?: string;
  readonly peer_asn?: number;
}

/** Messages of each kind: Wireshark counts as many. A Loc-RIB that is up gains a family by a second Peer Up. */
const expected: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "200": { initiation: 1, peerUp: 18, "update adj-in": 66, "update loc": 18 },
  "204": {
    initiation: 1,
    peerUp: 10,
    "update loc": 177,
    "update adj-in-post": 124,
    statistics: 28,
    peerDown: 3,
  },
  // The router announces its Loc-RIB as a peer of type 0 with AS 0 in the OPENs, and then uses type 3: 94 messages
  // belong to a peer that is not up.
  "205": {
    initiation: 1,
    skipped: 94,
    peerUp: 6,
    "update adj-in-post": 212,
    "update adj-in": 146,
    statistics: 48,
    peerDown: 2,
  },
};

const files = Object.keys(expected).flatMap((name) => [`bmp/${name}.pcap`, `bmp/${name}.expected.json`]);
const ignore = !hasShared("BMP captures", ...files);

for (const [name, counts] of Object.entries(expected)) {
  Deno.test({ name: `RFC 7854: the station reads capture ${name} to its end`, ignore }, () => {
    const station = new Station(), found: Record<string, number> = {}, peers = new Set<string>();
    const octets = sentToPort(Deno.readFileSync(sharedPath(`bmp/${name}.pcap`)), 1790);
    for (let at = 0; at < octets.length; at += 1400) {
      station.push(octets.subarray(at, at + 1400));
      for (let event = station.next(); event !== undefined; event = station.next()) {
        const kind = event.kind === "update" ? `update ${event.ribKind}` : event.kind;
        found[kind] = (found[kind] ?? 0) + 1;
        if (event.kind !== "peerUp") continue;
        const { address, asn } = event.peer.up.peer;
        peers.add(`${formatAddress(address)} ${asn}`);
      }
    }
    assert.deepEqual(found, counts);
    assert.deepEqual([...peers].sort(), expectedPeers(name));
  });
}

function expectedPeers(name: string): string[] {
  const lines = Deno.readTextFileSync(sharedPath(`bmp/${name}.expected.json`)).split("\n").filter((line) =>
    line !== ""
  );
  const found = lines.map((line): Line => JSON.parse(line)).filter((line) => line.bmp_msg_type === "peer_up");
  // The peer with AS 0 in its OPENs.
  return [...new Set(found.map((line) => `${line.peer_ip} ${line.peer_asn}`))].filter((peer) => peer !== "0.0.0.0 0")
    .sort();
}
