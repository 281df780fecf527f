/**
 * Address families: a pair of AFI and SAFI (RFC 4760 §3), each with a small dense `id` that stands in routing tables,
 * bit masks and the database. Ids are part of the database schema: append, never renumber.
 */

/** What the NLRI of a family are: plain prefixes, or octets that the codec of this kind reads (`message/nlri/`). */
export type NlriKind =
  | "prefix"
  | "labeled"
  | "vpn"
  | "flowspec"
  | "flowspec-vpn"
  | "evpn"
  | "rtc"
  | "vpls"
  | "mvpn"
  | "bgp-ls"
  | "bgp-ls-vpn"
  | "sr-policy"
  | "mup";

/**
 * The next hops that MP_REACH_NLRI of a family can have. `address`: an address of the family, and an IPv6 address with
 * IPv4 prefixes where RFC 8950 is negotiated. `rd`: the same, with a Route Distinguisher of zero before each address
 * (RFC 4364 §4.3.2). `any`: an IPv4 or an IPv6 address. `none`: no octets; what a peer sends is kept (RFC 8955 §4).
 */
export type NextHopForm = "address" | "rd" | "any" | "none";

/** One row of the family table. */
export interface Family {
  /**
   * Dense number, 1 to 31: index into {@link families} tables, bit in a {@link FamilyMask}, `family` in the database.
   */
  readonly id: FamilyId;
  readonly afi: number;
  readonly safi: number;
  /** The text form in configuration, commands and JSON. */
  readonly name: string;
  /** Length of an address of this family in octets; 16 where its NLRI hold addresses of both versions, or none. */
  readonly addressBytes: 4 | 16;
  readonly kind: NlriKind;
  readonly nextHop: NextHopForm;
}

export type FamilyId =
  | 1
  | 2
  | 3
  | 4
  | 5
  | 6
  | 7
  | 8
  | 9
  | 10
  | 11
  | 12
  | 13
  | 14
  | 15
  | 16
  | 17
  | 18
  | 19
  | 20
  | 21
  | 22
  | 23;

/** A set of families: bit `1 << id` for each. */
export type FamilyMask = number;

/** A value for each of some families. */
export type ByFamily<T> = { [id in FamilyId]?: T };

export const IPV4_UNICAST: FamilyId = 1;
export const IPV6_UNICAST: FamilyId = 2;

export const IPV4_FLOWSPEC: FamilyId = 9;
export const IPV6_FLOWSPEC: FamilyId = 10;
/** Route target membership (RFC 4684). */
export const RTC: FamilyId = 14;

/** Every family this speaker can carry. */
export const families: readonly Family[] = [
  row(IPV4_UNICAST, 1, 1, "ipv4 unicast", "prefix", "address"),
  row(IPV6_UNICAST, 2, 1, "ipv6 unicast", "prefix", "address"),
  row(3, 1, 2, "ipv4 multicast", "prefix", "address"),
  row(4, 2, 2, "ipv6 multicast", "prefix", "address"),
  row(5, 1, 4, "ipv4 labeled", "labeled", "address"),
  row(6, 2, 4, "ipv6 labeled", "labeled", "address"),
  row(7, 1, 128, "ipv4 vpn", "vpn", "rd"),
  row(8, 2, 128, "ipv6 vpn", "vpn", "rd"),
  row(9, 1, 133, "ipv4 flowspec", "flowspec", "none"),
  row(10, 2, 133, "ipv6 flowspec", "flowspec", "none"),
  row(11, 1, 134, "ipv4 flowspec-vpn", "flowspec-vpn", "none"),
  row(12, 2, 134, "ipv6 flowspec-vpn", "flowspec-vpn", "none"),
  row(13, 25, 70, "evpn", "evpn", "any"),
  row(14, 1, 132, "rtc", "rtc", "any"),
  row(15, 25, 65, "vpls", "vpls", "any"),
  row(16, 1, 5, "ipv4 mvpn", "mvpn", "any"),
  row(17, 2, 5, "ipv6 mvpn", "mvpn", "any"),
  row(18, 16388, 71, "bgp-ls", "bgp-ls", "any"),
  row(19, 16388, 72, "bgp-ls vpn", "bgp-ls-vpn", "rd"),
  row(20, 1, 73, "ipv4 sr-policy", "sr-policy", "any"),
  row(21, 2, 73, "ipv6 sr-policy", "sr-policy", "any"),
  row(22, 1, 85, "ipv4 mup", "mup", "any"),
  row(23, 2, 85, "ipv6 mup", "mup", "any"),
];

function row(id: FamilyId, afi: number, safi: number, name: string, kind: NlriKind, nextHop: NextHopForm): Family {
  return { id, afi, safi, name, addressBytes: afi === 1 ? 4 : 16, kind, nextHop };
}

/** Families as GoBGP, FRR, BIRD, OpenBGPD and ExaBGP call them, each word with a blank before the next. */
const otherNames: Readonly<Record<string, string>> = {
  "ipv4 labelled": "ipv4 labeled",
  "ipv6 labelled": "ipv6 labeled",
  "ipv4 labeled unicast": "ipv4 labeled",
  "ipv6 labeled unicast": "ipv6 labeled",
  "ipv4 labelled unicast": "ipv4 labeled",
  "ipv6 labelled unicast": "ipv6 labeled",
  "ipv4 nlri mpls": "ipv4 labeled",
  "ipv6 nlri mpls": "ipv6 labeled",
  "ipv4 mpls": "ipv4 labeled",
  "ipv6 mpls": "ipv6 labeled",
  "ipv4 mpls vpn": "ipv4 vpn",
  "ipv6 mpls vpn": "ipv6 vpn",
  "ipv4 l3vpn": "ipv4 vpn",
  "ipv6 l3vpn": "ipv6 vpn",
  "vpnv4": "ipv4 vpn",
  "vpnv6": "ipv6 vpn",
  "vpnv4 unicast": "ipv4 vpn",
  "vpnv6 unicast": "ipv6 vpn",
  "vpn4 mpls": "ipv4 vpn",
  "vpn6 mpls": "ipv6 vpn",
  "l3vpn ipv4 unicast": "ipv4 vpn",
  "l3vpn ipv6 unicast": "ipv6 vpn",
  "ipv4 flow": "ipv4 flowspec",
  "ipv6 flow": "ipv6 flowspec",
  "flow4": "ipv4 flowspec",
  "flow6": "ipv6 flowspec",
  "ipv4 flow vpn": "ipv4 flowspec-vpn",
  "ipv6 flow vpn": "ipv6 flowspec-vpn",
  "vpnv4 flowspec": "ipv4 flowspec-vpn",
  "vpnv6 flowspec": "ipv6 flowspec-vpn",
  "l3vpn ipv4 flowspec": "ipv4 flowspec-vpn",
  "l3vpn ipv6 flowspec": "ipv6 flowspec-vpn",
  "l2vpn evpn": "evpn",
  "l2vpn vpls": "vpls",
  "ipv4 rtc": "rtc",
  "ipv4 rtfilter": "rtc",
  "ipv4 rt filter": "rtc",
  "ipv4 mcast vpn": "ipv4 mvpn",
  "ipv6 mcast vpn": "ipv6 mvpn",
  "ls": "bgp-ls",
  "link state": "bgp-ls",
  "link state link state": "bgp-ls",
  "bgp ls bgp ls": "bgp-ls",
  "bgp ls bgp ls vpn": "bgp-ls vpn",
  "ipv4 srpolicy": "ipv4 sr-policy",
  "ipv6 srpolicy": "ipv6 sr-policy",
};

/** By AFI and SAFI of 16 bits each: RFC 8950 §4 has a SAFI of two octets. */
const byCode = new Map(families.map((row) => [(row.afi << 16) | row.safi, row]));
/** By name: each word in small letters, with a blank before the next. */
const byWords = new Map(families.map((row) => [words(row.name), row]));
for (const [name, ours] of Object.entries(otherNames)) byWords.set(name, byWords.get(words(ours))!);
/** By id: {@link familyOf} and the questions below are one look-up each. */
const byId: readonly (Family | undefined)[] = [undefined, ...families];

/** The family with this id. Throws where there is none: ids are chosen by this program. */
export function familyOf(id: FamilyId): Family {
  const row = byId[id];
  if (row === undefined) throw new RangeError(`no family has id ${id}`);
  return row;
}

/** True for the id of a family. */
export function isFamilyId(id: number): id is FamilyId {
  return byId[id] !== undefined;
}

/** A number from the database, or the key of an object, as a family id. Throws where no family has it. */
export function asFamilyId(id: number | string): FamilyId {
  return familyOf(Number(id) as FamilyId).id;
}

/** The family belongs to IPv4 (AFI 1). */
export function isIpv4(id: FamilyId): boolean {
  return familyOf(id).afi === 1;
}

/** Routes of the family are for forwarding to single destinations (SAFI 1). */
export function isUnicast(id: FamilyId): boolean {
  return familyOf(id).safi === 1;
}

/** The family of an AFI/SAFI pair from the wire, or `undefined` where this speaker does not carry it. */
export function familyByCode(afi: number, safi: number): Family | undefined {
  return byCode.get((afi << 16) | safi);
}

/** The family with this name (`"ipv6 unicast"`), which may be that of another daemon (`"l3vpn-ipv4-unicast"`). */
export function familyByName(name: string): Family | undefined {
  return byWords.get(words(name));
}

/** All names that {@link familyByName} knows, as in `"l3vpn ipv4 unicast"`. */
export function familyNames(): Iterable<string> {
  return byWords.keys();
}

function words(name: string): string {
  return name.trim().toLowerCase().replace(/[-_/ ]+/g, " ");
}

/** NLRI of the family are plain prefixes, which tables keep as words. */
export function isPrefixFamily(id: FamilyId): boolean {
  return familyOf(id).kind === "prefix";
}

/** True where the family's next hops are IPv4 addresses unless RFC 8950 is negotiated. */
export function canExtendNextHop(id: FamilyId): boolean {
  const { afi, nextHop } = familyOf(id);
  return afi === 1 && (nextHop === "address" || nextHop === "rd");
}

/** Kinds of NLRI whose routes belong to VPNs: route targets say which (RFC 4364 §4.3.1). */
const ofVpns: readonly NlriKind[] = ["vpn", "flowspec-vpn", "evpn", "vpls", "mvpn"];

/** Routes of the family go to the peers that want their route targets, where a peer says so (RFC 4684). */
export function hasRouteTargets(id: FamilyId): boolean {
  return ofVpns.includes(familyOf(id).kind);
}

const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
/** Octets of a Route Distinguisher. */
const RD_BYTES = 8;

/**
 * True for a next hop of `size` octets in MP_REACH_NLRI (RFC 4760 §3). A second address is a link-local one (RFC 2545
 * §3, RFC 4659 §3.2.1). `extended`: RFC 8950 was negotiated for the family.
 */
export function isNextHopSize({ afi, nextHop }: Family, size: number, extended: boolean): boolean {
  if (nextHop === "none") return true;
  if (nextHop === "any") return size === 4 || size === 16 || size === 32;
  const perAddress = nextHop === "rd" ? RD_BYTES : 0;
  if (size === perAddress + 4) return afi !== AFI_IPV6;
  return (afi !== AFI_IPV4 || extended) && (size === perAddress + 16 || size === 2 * (perAddress + 16));
}

/** The families that have a value, with the value, ascending by id. */
export function familyEntries<T>(byFamily: Readonly<ByFamily<T>>): [FamilyId, T][] {
  return Object.entries(byFamily).map(([id, value]) => [asFamilyId(id), value as T]);
}

/** The inverse of {@link familyEntries}. */
export function byFamily<T>(entries: Iterable<readonly [FamilyId, T]>): ByFamily<T> {
  return Object.fromEntries(entries);
}

/** All families of the table. */
export const allFamilies: FamilyMask = familyMask(families.map(({ id }) => id));

/** All families whose routes may have next hops of IPv6 (RFC 8950). */
export const extensibleFamilies: FamilyMask = familyMask(families.map(({ id }) => id).filter(canExtendNextHop));

/** All families of plain prefixes. */
export const prefixFamilies: FamilyMask = familyMask(families.map(({ id }) => id).filter(isPrefixFamily));

/** All families of IPv4 (AFI 1). */
export const ipv4Families: FamilyMask = familyMask(families.map(({ id }) => id).filter(isIpv4));

export function familyMask(ids: Iterable<FamilyId>): FamilyMask {
  let mask = 0;
  for (const id of ids) mask |= 1 << id;
  return mask;
}

export function maskHas(mask: FamilyMask, id: FamilyId): boolean {
  return (mask & (1 << id)) !== 0;
}

/** The ids in a mask, ascending. */
export function maskIds(mask: FamilyMask): FamilyId[] {
  return families.filter((row) => maskHas(mask, row.id)).map((row) => row.id);
}
