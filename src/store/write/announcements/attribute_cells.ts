/** The attributes of a row of `announcements`: its cells as an attribute set, and a set as cells. */

import {
  AttributeCode,
  type AttributeSet,
  decodeNlriValue,
  emptyAttributeSet,
  encodeAttributeSet,
  encodeNlriValue,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatFlowActions,
  formatIpv6ExtCommunity,
  formatLargeCommunity,
  formatNextHop,
  formatPmsiTunnel,
  isFlowspec,
  OPTIONAL_TRANSITIVE,
  originName,
  parseAsPath,
  parseCommunity,
  parseExtCommunity,
  parseFlowActions,
  parseIpv6ExtCommunity,
  parseLargeCommunity,
  parseOrigin,
  parsePmsiTunnel,
  RD_BYTES,
  saysVirtualNetwork,
} from "../../../message/mod.ts";
import {
  type Family,
  type FamilyId,
  familyOf,
  formatAddress,
  formatColonHex,
  limits,
  parseAddress,
  parseEsi,
  writtenHopFault,
} from "../../../types/mod.ts";
import type { SqlValue } from "../../sqlite.ts";
import { listOf, numberOf, textOf, Wrong } from "./cells.ts";
import { nlriWords } from "./destination_cells.ts";
import { typeThatNeedsLabel } from "./evpn_label.ts";

/** In the order of {@link attributeCellNames}. */
export type AttributeCells = readonly (SqlValue | undefined)[];

export const attributeCellNames = [
  "next_hop",
  "as_path",
  "origin",
  "med",
  "local_pref",
  "communities",
  "large_communities",
  "ext_communities",
  "labels",
  "actions",
  "nlri",
] as const;

/** Attribute sets by the cells that they come from: many rows have the same cells and share one set. */
export class AttributeSets {
  readonly #sets = new Map<string, AttributeSet>();
  /** The last answer: mostly the next row has the same cells. */
  #last: { readonly family: FamilyId; readonly cells: AttributeCells; readonly set: AttributeSet } | undefined;

  /** Throws {@link Wrong}. */
  find(family: FamilyId, cells: AttributeCells): AttributeSet {
    const last = this.#last;
    if (last?.family === family && last.cells.every((cell, i) => cell === cells[i])) return last.set;
    const set = this.#find(family, cells);
    this.#last = { family, cells, set };
    return set;
  }

  #find(family: FamilyId, cells: AttributeCells): AttributeSet {
    const text = cells.reduce<string>((sum, value) => `${sum}\n${typeof value} ${value}`, String(family));
    let set = this.#sets.get(text);
    if (set !== undefined) return set;
    set = attributesOf(familyOf(family), cells);
    if (this.#sets.size >= mostSets) this.#sets.clear();
    this.#sets.set(text, set);
    return set;
  }
}

const mostSets = 1_000;

function attributesOf(family: Family, cells: AttributeCells): AttributeSet {
  const [nextHop, asPath, origin, med, localPref, communities, large, ext, labels, actions, nlri] = cells;
  const flow = actionsOf(family, textOf(actions, "actions"));
  const extended = listOf(ext, "ext_communities", parseAnyExtCommunity, '"rt:65000:100"');
  const extCommunities = extended.filter(({ length }) => length === EXTENDED_BYTES);
  const attributes: AttributeSet = {
    ...emptyAttributeSet(),
    nextHop: nextHopOf(textOf(nextHop, "next_hop"), family),
    origin: originOf(textOf(origin, "origin")),
    asPath: asPathOf(textOf(asPath, "as_path")),
    med: numberOf(med, "med"),
    localPref: numberOf(localPref, "local_pref"),
    communities: listOf(communities, "communities", parseCommunity, '"65000:99" or "no-export"'),
    largeCommunities: listOf(large, "large_communities", parseLargeCommunity, '"65000:1:2"'),
    extCommunities: [...extCommunities, ...flow.extCommunities],
    ipv6ExtCommunities: [
      ...extended.filter(({ length }) => length !== EXTENDED_BYTES),
      ...flow.ipv6ExtCommunities,
    ],
    nlriValue: valueOf(
      family,
      labels,
      textOf(nlri, "nlri"),
      extCommunities,
    ),
    unknown: tunnelOf(family, textOf(nlri, "nlri")),
  };
  const size = encodeAttributeSet(attributes).length;
  // Each session checks whether its own message size is enough (RFC 8654).
  if (size <= limits.originatedBytes) return attributes;
  throw new Wrong(`the attributes take ${size} octets, more than a message holds`);
}

type AttributeTexts = ReturnType<typeof textsOf>;

const texts = new WeakMap<AttributeSet, { readonly family: FamilyId; readonly cells: AttributeTexts }>();

/** The cells of an attribute set, in the same form as in the view `rib`. Routes that share a set share its texts. */
export function cellsOfAttributes(set: AttributeSet, family: FamilyId): AttributeTexts {
  const known = texts.get(set);
  if (known?.family === family) return known.cells;
  const cells = textsOf(set, family);
  texts.set(set, { family, cells });
  return cells;
}

function textsOf(set: AttributeSet, family: FamilyId) {
  const list = (texts: readonly string[]) => texts.length === 0 ? null : texts.join(" ");
  const isFlow = isFlowspec(family);
  const [actions, others] = isFlow ? partition(set.extCommunities, isFlowAction) : [[], set.extCommunities];
  const [ipv6Actions, ipv6Others] = isFlow
    ? partition(set.ipv6ExtCommunities, (octets) => formatFlowActions([], [octets]) !== "")
    : [[], set.ipv6ExtCommunities];
  const pmsi = set.unknown.find(({ code }) => code === AttributeCode.pmsiTunnel);
  const { labels, esi, gateway } = decodeNlriValue(set.nlriValue ?? new Uint8Array(0));
  const isVni = set.extCommunities.some((octets) => saysVirtualNetwork(octets));
  return {
    nextHop: set.nextHop === undefined || set.nextHop.length === 0 ? "self" : formatNextHop(set.nextHop),
    asPath: set.asPath.length === 0 ? null : formatAsPath(set.asPath),
    origin: set.origin === undefined ? null : originName(set.origin),
    med: set.med ?? null,
    localPref: set.localPref ?? null,
    communities: list(set.communities.map(formatCommunity)),
    largeCommunities: list(set.largeCommunities.map(formatLargeCommunity)),
    extCommunities: list([...others.map(formatExtCommunity), ...ipv6Others.map(formatIpv6ExtCommunity)]),
    labels: list(labels.map((label) => String(isVni ? label : label >>> 4))),
    actions: isFlow ? formatFlowActions(actions, ipv6Actions) || "accept" : null,
    /** What follows the destination in the cell `nlri`. */
    nlriWords: (esi === undefined ? "" : ` esi ${formatColonHex(esi)}`) +
      (gateway === undefined ? "" : ` gateway ${formatAddress(gateway)}`) +
      (pmsi === undefined ? "" : ` pmsi ${formatPmsiTunnel(pmsi.value, isVni)}`),
  };
}

/** 8 octets, or 20: an IPv6 address specific extended community (RFC 5701). */
const EXTENDED_BYTES = 8;

function parseAnyExtCommunity(text: string): Uint8Array | undefined {
  return parseExtCommunity(text) ?? parseIpv6ExtCommunity(text);
}

/** The PMSI_TUNNEL that the cell `nlri` names. */
function tunnelOf({ kind }: Family, nlri: string): AttributeSet["unknown"] {
  const { pmsi } = kind === "evpn" ? nlriWords(nlri) : {};
  if (pmsi === undefined) return [];
  const value = parsePmsiTunnel(pmsi);
  if (value === undefined) {
    throw new Wrong(`nlri: pmsi "${pmsi}" is no tunnel such as "ingress-replication label 100 endpoint 192.0.2.1"`);
  }
  return [{ flags: OPTIONAL_TRANSITIVE, code: AttributeCode.pmsiTunnel, value }];
}

function isFlowAction(octets: Uint8Array): boolean {
  return formatFlowActions([octets], []) !== "";
}

function partition<T>(all: readonly T[], test: (each: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((each) => !test(each))];
}

function actionsOf({ id, name }: Family, text: string) {
  if (!isFlowspec(id)) {
    if (text !== "") throw new Wrong(`actions: routes of ${name} have none`);
    return { extCommunities: [], ipv6ExtCommunities: [] };
  }
  if (text === "") throw new Wrong('actions is missing: what routers do with the packets, such as "discard"');
  const actions = parseFlowActions(text);
  if ("error" in actions) throw new Wrong(`actions: ${actions.error}`);
  return actions;
}

const labeledKinds: readonly Family["kind"][] = ["labeled", "vpn", "evpn", "vpls"];

/** How many labels an NLRI of the family holds. */
function mostLabels({ kind, addressBytes }: Family): number {
  if (kind === "evpn") return 2;
  if (kind === "vpls") return 1;
  // One octet counts the bits of labels, RD and prefix (RFC 8277 §2.2, RFC 4364 §4.3.4).
  return Math.floor((255 - (kind === "vpn" ? 8 * RD_BYTES : 0) - 8 * addressBytes) / 24);
}

function valueOf(
  family: Family,
  cell: SqlValue | undefined,
  nlri: string,
  extCommunities: readonly Uint8Array[],
): Uint8Array | undefined {
  const { kind, name } = family;
  const isVni = extCommunities.some((octets) => saysVirtualNetwork(octets));
  const most = isVni ? 0xff_ffff : 0xf_ffff;
  const labels = listOf(cell, "labels", (word) => {
    const label = /^\d{1,8}$/.test(word) ? Number(word) : NaN;
    return label <= most ? label : undefined;
  }, `"100", a number from 0 to ${most}`);
  if (!labeledKinds.includes(kind)) {
    if (labels.length > 0) throw new Wrong(`labels: routes of ${name} have none`);
    return undefined;
  }
  if (labels.length === 0 && kind !== "evpn" && kind !== "vpls") {
    throw new Wrong(`labels is missing: a route of ${name} needs one, such as 100`);
  }
  if (labels.length > mostLabels(family)) {
    throw new Wrong(
      `labels: the NLRI of a route of ${name} has room for ${mostLabels(family)}, not for ${labels.length}`,
    );
  }
  // RFC 8277 §2.2: the last label has the S bit.
  const bottom = (i: number) => kind === "evpn" || i === labels.length - 1 ? 1 : 0;
  const octets = labels.map((label, i) => isVni ? label : (label << 4) | bottom(i));
  const { destination, esi, gateway } = kind === "evpn" ? nlriWords(nlri) : {};
  if (labels.length === 0 && destination !== undefined) {
    const type = typeThatNeedsLabel(destination, (esi ?? gateway) !== undefined, extCommunities);
    if (type !== undefined) {
      throw new Wrong(`labels is missing: an EVPN route ${type} needs one, such as 100, or a VNI with encap:vxlan`);
    }
  }
  if (esi !== undefined && gateway !== undefined) {
    throw new Wrong("nlri: a route has an esi or a gateway, not both (RFC 9136 §3.1)");
  }
  const value = encodeNlriValue({ labels: octets, ...esiOf(esi), ...gatewayOf(gateway) });
  return value.length === 0 ? undefined : value;
}

function esiOf(text: string | undefined): { esi?: Uint8Array } {
  if (text === undefined) return {};
  const esi = parseEsi(text);
  if (esi === undefined) throw new Wrong(`nlri: esi "${text}" is no Ethernet Segment Identifier of 10 octets`);
  return { esi };
}

function gatewayOf(text: string | undefined): { gateway?: Uint8Array } {
  if (text === undefined) return {};
  const gateway = parseAddress(text);
  if (gateway === undefined) throw new Wrong(`nlri: gateway "${text}" is not an address`);
  return { gateway };
}

function nextHopOf(text: string, { nextHop: form, addressBytes }: Family): Uint8Array | undefined {
  if (text.toLowerCase() === "self") return undefined;
  const octets = parseAddress(text);
  if (octets === undefined) throw new Wrong(`next_hop: "${text}" is neither an address nor "self"`);
  const fault = writtenHopFault(octets);
  if (fault !== undefined) throw new Wrong(`next_hop cannot be ${text}${fault}`);
  const isOfFamily = form === "address" || form === "rd";
  if (isOfFamily && octets.length < addressBytes) throw new Wrong("next_hop of an IPv6 prefix must be IPv6");
  return octets;
}

function originOf(text: string): 0 | 1 | 2 {
  if (text === "") return 0;
  const origin = parseOrigin(text.toLowerCase());
  if (origin === undefined) throw new Wrong(`origin: "${text}" is not an origin; write igp, egp or incomplete`);
  return origin;
}

function asPathOf(text: string): AttributeSet["asPath"] {
  const segments = parseAsPath(text);
  if (segments === undefined) {
    throw new Wrong(`as_path: "${text}" is not an AS path; write for example "65000 500 {1,2}"`);
  }
  // RFC 7607: a receiver treats AS 0 as withdraw. RFC 4271 §4.3: a segment has at most 255 ASNs.
  if (segments.some(({ asns }) => asns.includes(0))) throw new Wrong("as_path: AS 0 is reserved (RFC 7607)");
  if (segments.some(({ asns }) => asns.length > 255)) throw new Wrong("as_path has more than 255 ASNs in a row");
  return segments;
}
