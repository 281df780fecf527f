/** Captures of real routers, read by the station: its peers are those that pmacct logged, and no octet is left. */
import assert from "node:assert/strict";
import { Station } from "../../src/bmp/mod.ts";
import { type FamilyId, familyOf, formatAddress } from "../../src/types/mod.ts";
import { sentToPort } from "../support/bmp_captures.ts";
import { Collector } from "../support/collector.ts";
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
  // The router announces its Loc-RIB as a peer of type 0, with AS 0 in the OPENs, and then uses type 3, or 0.
  "205": {
    initiation: 1,
    peerUp: 7,
    "update loc": 93,
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
  return [...new Set(found.map((line) => `${line.peer_ip} ${line.peer_asn}`))].sort();
}

/** A route as both sides can say it: table, peer, VRF, destination, next hop, path, MED, communities. */
interface Logged extends Line {
  readonly log_type?: string;
  readonly bmp_rib_type?: string;
  readonly afi?: number;
  readonly safi?: number;
  readonly ip_prefix?: string;
  readonly rd?: string | null;
  readonly as_path?: string | readonly string[];
}

const kinds: Readonly<Record<string, string>> = {
  "Adj-Rib-In Pre-Policy": "adj-in",
  "Adj-Rib-In Post-Policy": "adj-in-post",
  "Loc-Rib": "loc",
};

/** What the log makes of the routes: pmacct deletes those of a peer behind its Peer Down, and all at the end. */
function routesIn(name: string): string[] {
  const lines = Deno.readTextFileSync(sharedPath(`bmp/${name}.expected.json`)).split("\n").filter((line) => line !== "")
    .map((line): Logged => JSON.parse(line));
  const last = lines.findLastIndex(({ log_type }) => log_type !== "delete");
  const end = lines[last]?.bmp_msg_type === "peer_down" ? lines.length : last;
  const found = new Map<string, string>();
  for (const { log_type: change, bmp_rib_type: kind = "", ip_prefix: prefix, ...line } of lines.slice(0, end + 1)) {
    if (prefix === undefined) continue;
    const rd = line.rd?.replace(/^\d+:(?=.*:)/, "") ?? "";
    const key = [kinds[kind], kind === "Loc-Rib" ? "" : line.peer_ip, `${line.afi}/${line.safi}`, rd, prefix].join(" ");
    if (change === "update") found.set(key, [line.as_path ?? ""].flat().join(" "));
    else if (change === "withdraw" || change === "delete") found.delete(key);
  }
  return [...found].map(([key, path]) => `${key}: ${path}`).sort();
}

/** The labelled routes of one Loc-RIB: pmacct does not say of which instance the table is. */
const labelled = [
  "1/4 @ 203.0.113.12/32: 65536 65542 65000",
  "1/4 @ 203.0.113.20/32: 65536 65539 65000",
  "1/4 @ 203.0.113.22/32: 65536 65542 65000",
  "1/4 @ 203.0.113.254/31: 65536 65539 65000",
  "1/4 @ 203.0.113.30/32: 65536 65542 65000",
  "1/4 @ 203.0.113.32/32: 65536 65542 65000",
  "2/4 @ 2001:db8::12/128: 65536 65542 65000",
  "2/4 @ 2001:db8::20/128: 65536 65539 65000",
  "2/4 @ 2001:db8::22/128: 65536 65542 65000",
  "2/4 @ 2001:db8::30/128: 65536 65542 65000",
  "2/4 @ 2001:db8::32/128: 65536 65542 65000",
];

const differences: Readonly<Record<string, { readonly ours: string[]; readonly theirs: string[] }>> = {
  "200": {
    ours: labelled.map((row) => `loc  ${row.replace("@", "64499:11")}`),
    theirs: labelled.map((row) => `loc  ${row.replace("@", "")}`),
  },
  // The router reports three routes of its Loc-RIB as those of a peer 0.0.0.0: two of them are in the Loc-RIB in any
  // case. The AS_PATH of the fourth one has two octets for each AS, and the header says four (tshark: "malformed").
  "205": {
    ours: [],
    theirs: [
      "adj-in-post 0.0.0.0 1/1  203.0.113.58/32: ",
      "adj-in-post 0.0.0.0 1/128 4226809914:19 192.0.2.19/32: ",
      "adj-in-post 0.0.0.0 1/128 4226809914:19 192.0.2.58/32: ",
      "loc  1/128 4226809914:19 192.0.2.19/32: ",
    ],
  },
};

for (const name of Object.keys(expected)) {
  Deno.test({ name: `the routes of capture ${name} stand in SQL as pmacct has them`, ignore }, () => {
    const folder = Deno.makeTempDirSync({ prefix: "bgpd-capture-" });
    const collector = new Collector(`${folder}/bgpd.db`);
    try {
      const octets = sentToPort(Deno.readFileSync(sharedPath(`bmp/${name}.pcap`)), 1790);
      const { send } = collector.connect(1, "172.21.1.101");
      for (let at = 0; at < octets.length; at += 1400) send(octets.subarray(at, at + 1400));
      const rows = collector.sql(
        "SELECT rib_kind, peer, family_id, NULL, prefix, as_path FROM monitored_rib UNION ALL" +
          " SELECT rib_kind, peer, family_id, rd, prefix, as_path FROM monitored_nlri",
      );
      const ours = rows.map(([kind, peer, family, rd, prefix, path]) => {
        const { afi, safi } = familyOf(Number(family) as FamilyId);
        const [instance, address] = kind === "loc" ? [peerInstance(String(peer)), ""] : ["", String(peer)];
        return `${kind} ${address} ${afi}/${safi} ${rd ?? instance} ${prefix}: ${path}`;
      }).sort();
      const theirs = routesIn(name);
      assert.deepEqual(
        { ours: ours.filter((row) => !theirs.includes(row)), theirs: theirs.filter((row) => !ours.includes(row)) },
        differences[name] ?? { ours: [], theirs: [] },
      );
    } finally {
      collector.close();
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

function peerInstance(peer: string): string {
  return /^loc-rib (\S+:\S+)/.exec(peer)?.[1] ?? "";
}
