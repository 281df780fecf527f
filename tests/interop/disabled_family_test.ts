/**
 * NLRI that cannot be read, one of each kind, on a live session: each costs the peer the routes of that family (RFC
 * 7606 §3j, RFC 4760 §7). The session, the other families and another peer stay as they were.
 */
import { familyByName, familyOf } from "../../src/types/mod.ts";
import { startBgpd } from "../support/bgpd.ts";
import { configHead, peerTable } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { attribute, updateOf } from "../support/wire.ts";
import { fromHex } from "../golden/golden.ts";

interface Kind {
  readonly family: string;
  /** With its length in front. */
  readonly nextHop: string;
  readonly valid: string;
  readonly broken: string;
  /** The end of the event's text. */
  readonly text: string;
}

const kinds: readonly Kind[] = [
  {
    family: "ipv4 labeled",
    nextHop: "04 c0000201",
    valid: "30 000641 c00002",
    broken: "17 000641",
    text: "an NLRI of 23 bits, which is too short for a label",
  },
  {
    family: "ipv4 vpn",
    nextHop: "0c 0000000000000000 c0000201",
    valid: "70 000641 0000fde800000001 c00002",
    broken: "57 000641 0000fde800000001",
    text: "an NLRI of 87 bits, which is too short for a label and an RD",
  },
  {
    family: "ipv4 flowspec",
    nextHop: "00",
    valid: "05 01 18 c00002",
    broken: "06 01 18 c00002",
    text: "an NLRI that ends after the attribute",
  },
  {
    family: "evpn",
    nextHop: "04 c0000201",
    valid: "03 11 0000fde800000001 00000000 20 c0000201",
    broken: "03 05 0000fde800",
    text: "",
  },
  { family: "rtc", nextHop: "04 c0000201", valid: "00", broken: "01 80", text: "an NLRI of 1 bits, not 0 or 32 to 96" },
];
const names = kinds.map(({ family }) => family);

const held = "SELECT family FROM (SELECT peer, family FROM labeled UNION ALL SELECT peer, family FROM vpn " +
  "UNION ALL SELECT peer, family FROM flowspec UNION ALL SELECT peer, family FROM evpn " +
  "UNION ALL SELECT peer, family FROM other_routes) WHERE peer = ? ORDER BY family";

function announce({ family, nextHop }: Kind, nlri: string): Uint8Array {
  const { afi, safi } = familyByName(family)!;
  const value = [afi >>> 8, afi & 255, safi, ...fromHex(nextHop), 0, ...fromHex(nlri)];
  return updateOf([
    attribute(0x40, 1, "00"),
    attribute(0x40, 2, ""),
    attribute(0x40, 5, "00000064"),
    attribute(0x80, 14, Uint8Array.from(value)),
  ], "");
}

Deno.test("rfc7606#3j a live peer loses one family after the other, not its session; others lose none", async () => {
  const [address, one, other] = [loopback(), loopback(), loopback()];
  const port = freePort(address);
  const lines = `passive = true\nfamilies = ${JSON.stringify(["ipv4 unicast", ...names])}`;
  const peers = [one, other].map((local) => peerTable(local, { asn: 65000, lines }));
  await using bgpd = await startBgpd({ config: [configHead({ address, port }), ...peers].join("\n") });
  const capabilities = names.map((name) => {
    const { afi, safi } = familyOf(familyByName(name)!.id);
    return { kind: "multiprotocol", afi, safi } as const;
  });
  const connect = (local: string, routerId: number) =>
    ScriptedPeer.connect({ local, address, port, asn: 65000, routerId, holdTimeSeconds: 0, capabilities });
  const [sick, sound] = [await connect(one, 0x0a000002), await connect(other, 0x0a000003)];
  const holds = (peer: string, families: readonly string[]) =>
    waitFor(
      `${families.join()} of ${peer}`,
      () => bgpd.sql(held, peer).map(({ family }) => family).join() === families.toSorted().join(),
      { detail: () => `${JSON.stringify(bgpd.sql(held, peer))}\n${bgpd.log}`, while: () => !sick.ended },
    );
  try {
    for (const peer of [sick, sound]) for (const kind of kinds) peer.write(announce(kind, kind.valid));
    await holds(one, names);
    for (const [i, kind] of kinds.entries()) {
      sick.write(announce(kind, kind.broken));
      // It goes on to announce the route, which is ignored.
      sick.write(announce(kind, kind.valid));
      const left = names.slice(i + 1);
      await holds(one, left);
      const event = "SELECT text, hex FROM peer_events WHERE peer = ? AND kind = 'familyDisable' ORDER BY id";
      await waitFor(`the event of ${kind.family}`, () => {
        const { text, hex } = bgpd.sql(event, one)[i] ?? {};
        return String(text).includes("RFC 7606 §5.3") && String(text).endsWith(kind.text) &&
          String(hex).includes(fromHex(kind.broken).toHex());
      }, { detail: () => JSON.stringify(bgpd.sql(event, one)) });
    }
    await holds(other, names);
    sick.announce("198.51.100.0/24");
    await waitFor("a unicast route of the session", () => bgpd.sql("SELECT 1 FROM rib").length === 1);
  } finally {
    sick.close();
    sound.close();
  }
});
