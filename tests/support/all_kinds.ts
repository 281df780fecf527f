/** Routes of each kind of NLRI, and what a session with all families looks like. */
import {
  type AttributeSet,
  type Capability,
  emptyAttributeSet,
  encodeAttributeSet,
  encodeNlriValue,
  nlriCodec,
  UpdateEncoder,
  withNlriValue,
} from "../../src/message/mod.ts";
import {
  allFamilies,
  familyByName,
  familyMask,
  familyOf,
  IPV4_UNICAST,
  maskIds,
  parseAddress,
  parsePrefix,
} from "../../src/types/mod.ts";
import { testContext } from "./update_view.ts";

/** A route of each kind of NLRI: family, destination, labels (each is the bottom of its stack). */
export const ofKinds: readonly (readonly [family: string, destination: string, labels?: readonly number[]])[] = [
  ["ipv4 unicast", "10.1.0.0/16"],
  ["ipv6 unicast", "2001:db8:1::/48"],
  ["ipv4 multicast", "10.2.0.0/16"],
  ["ipv6 multicast", "2001:db8:2::/48"],
  ["ipv4 labeled", "10.3.0.0/16", [100]],
  ["ipv6 labeled", "2001:db8:3::/48", [101]],
  ["ipv4 vpn", "65000:1 10.4.0.0/16", [102]],
  ["ipv6 vpn", "65000:1 2001:db8:4::/48", [104]],
  ["ipv4 flowspec", "destination 192.0.2.7/32 protocol =udp"],
  ["ipv6 flowspec", "destination 2001:db8::7/128 next-header =udp"],
  ["ipv4 flowspec-vpn", "rd 65000:1 destination 192.0.2.8/32"],
  ["evpn", "mac-ip rd 65000:1 tag 0 mac 00:00:5e:00:53:01 ip 192.0.2.1", [105]],
  ["evpn", "ip-prefix rd 65000:1 tag 0 prefix 192.0.2.0/24", [106]],
  ["rtc", "65000 rt:65000:100"],
  ["vpls", "rd 65000:1 address 192.0.2.1"],
  ["ipv4 mvpn", "shared-join 0x0000fde80001869f0000fde8200a63c70120effbffe4"],
];

export const families = maskIds(allFamilies).map((id) => familyOf(id));

export function capabilities(addPath: Partial<Record<"send" | "receive", boolean>> = {}): Capability[] {
  const { send = false, receive = false } = addPath;
  return [
    ...families.slice(2).map(({ afi, safi }): Capability => ({ kind: "multiprotocol", afi, safi })),
    ...send || receive ? [{ kind: "addPath", families: [{ afi: 1, safi: 1, send, receive }] } as const] : [],
  ];
}

function attributes(changes: Partial<AttributeSet>, family: string): Uint8Array {
  const nextHop = family.startsWith("ipv6") ? "2001:db8::9" : "192.0.2.9";
  const isFlow = family.includes("flowspec");
  return encodeAttributeSet({
    ...emptyAttributeSet(),
    origin: 0,
    asPath: [],
    localPref: 100,
    nextHop: isFlow ? new Uint8Array(0) : parseAddress(nextHop)!,
    ...changes,
  });
}

/** An UPDATE of the routes, or of their withdrawal. */
export function updates(rows: typeof ofKinds, changes: Partial<AttributeSet> | "withdraw", pathId = -1): Uint8Array {
  const addPathSend = pathId === -1 ? 0 : familyMask([IPV4_UNICAST]);
  const encoder = new UpdateEncoder(testContext({ families: allFamilies, addPathSend, maxMessageBytes: 4096 }));
  for (const [name, destination, labels] of rows) {
    const { id } = familyByName(name)!;
    if (changes === "withdraw") encoder.beginWithdraw(id);
    else {
      const set = attributes(changes, name);
      const value = labels === undefined
        ? undefined
        : encodeNlriValue({ labels: labels.map((label) => label << 4 | 1) });
      encoder.begin(value === undefined ? set : withNlriValue(set, value), id);
    }
    const codec = nlriCodec(id);
    if (codec === undefined) {
      const { octets, length } = parsePrefix(destination)!;
      const view = new DataView(octets.buffer, octets.byteOffset);
      const word = (i: number) => 4 * i < octets.length ? view.getInt32(4 * i) : 0;
      encoder.add(word(0), word(1), word(2), word(3), length, pathId);
    } else {
      const key = codec.parse(destination);
      if (!(key instanceof Uint8Array)) throw new Error(`${name} ${destination}: ${key.error}`);
      encoder.addNlri(key, pathId);
    }
    encoder.finish();
  }
  return encoder.take();
}
