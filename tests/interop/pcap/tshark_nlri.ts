/** NLRI that are no plain prefixes, as tshark reads them, in the words of `ours_nlri.ts`. */
import {
  type Family,
  formatAddress,
  formatPrefix,
  maskPrefix,
  parseAddress,
  readUint16,
  readUint32,
} from "../../../src/types/mod.ts";
import { all, type Field, first, leaves } from "./pdml.ts";

/** The NLRI in an MP_REACH_NLRI of the family. */
export function announcedOf(attribute: Field, { kind }: Family): string[] {
  switch (kind) {
    case "labeled":
    case "vpn":
      return labeledOf(attribute);
    case "evpn":
      return all(attribute, "bgp.evpn.nlri").map(evpnOf);
    case "flowspec":
    case "flowspec-vpn":
      return all(attribute, "bgp.flowspec_nlri").filter(({ children }) => children.length > 0).map(flowspecOf);
    default:
      return [];
  }
}

/** The NLRI in an MP_UNREACH_NLRI. tshark prints what stands in place of the labels. */
export function withdrawnOf(attribute: Field, family: Family): string[] {
  return announcedOf(attribute, family).map((text) => text.replace(/^labels \S+ /, ""));
}

/** VPNv6 stands in the words of one field, the others in a field each. */
const vpnv6 = /Label Stack=(\S+) .*RD=(\S+), IPv6=(\S+)\/(\d+)/;
/** With an RD of type 2, tshark prints the form without the values. */
const unfilled = "Label Stack=%s RD=%u.%u:%u, IPv6=%s/%u";
const LABEL_BITS = 24, RD_BITS = 64;

function labeledOf(attribute: Field): string[] {
  const found: string[] = [];
  let bits = 0, labels = "", rd = "";
  for (const { name, show, words, value } of leaves(attribute)) {
    if (show === unfilled) {
      found.push(fromOctets(words.replace(/ \(.*/, ""), Uint8Array.fromHex(value)));
      continue;
    }
    const whole = name === "bgp.label_stack" ? vpnv6.exec(words) : null;
    if (whole !== null) found.push(labeledText(whole[1]!, whole[2]!, `${whole[3]}/${whole[4]}`));
    else if (name === "bgp.prefix_length") [bits, labels, rd] = [Number(show), "", ""];
    else if (name === "bgp.label_stack") labels = show.replace(/ \(.*/, "");
    else if (name === "bgp.rd") rd = show;
    else if (/_ipv[46]_prefix$/.test(name)) {
      const length = bits - LABEL_BITS * labels.split(",").length - (rd === "" ? 0 : RD_BITS);
      found.push(labeledText(labels, rd, `${show}/${length}`));
    }
  }
  return found;
}

/** A VPNv6 NLRI of which tshark prints the labels and the octets. */
function fromOctets(labels: string, octets: Uint8Array): string {
  const rdAt = 1 + 3 * labels.split(",").length;
  const [asn, number] = [readUint32(octets, rdAt + 2), readUint16(octets, rdAt + 6)];
  const address = new Uint8Array(16);
  address.set(octets.subarray(rdAt + 8));
  return labeledText(labels, `${asn}:${number}`, `${formatAddress(address)}/${octets[0]! - 8 * (rdAt - 1) - RD_BITS}`);
}

function labeledText(labels: string, rd: string, prefix: string): string {
  return `labels ${labels} ${rd === "" ? "" : `rd ${rd} `}${prefix}`;
}

/** Fields of EVPN with our words. An ESI or a gateway of zeroes says that there is none. */
function evpnOf(nlri: Field): string {
  const value = (name: string) => first(nlri, `bgp.evpn.nlri.${name}`);
  const rd = all(nlri, "bgp.evpn.nlri.rd")[0];
  const labels = [...all(nlri, "bgp.evpn.nlri.mpls_ls1"), ...all(nlri, "bgp.evpn.nlri.mpls_ls2")]
    .concat(all(nlri, "bgp.update.path_attribute.mpls_label_value"));
  const esi = value("esi");
  const length = value("prefix_len");
  const address = value("ip.addr") ?? value("ipv6.addr");
  const gateway = value("ipv4.gtw_addr") ?? value("ipv6.gtw_addr");
  const parts: [string, string | undefined][] = [
    ["type", value("rt")],
    ["rd", rd?.value],
    ["esi", esi === undefined || /^[0:]+$/.test(esi) ? undefined : esi],
    ["tag", value("etag")],
    ["mac", value("mac_addr")],
    ["address", length === undefined ? address : undefined],
    ["prefix", length === undefined ? undefined : masked(address!, Number(length))],
    ["gateway", gateway === undefined || /^[0.:]+$/.test(gateway) ? undefined : gateway],
  ];
  const labelText = labels.length === 0 ? "" : `labels ${labels.map(({ show }) => show).join(",")} `;
  return labelText + parts.filter(([, text]) => text !== undefined).map((part) => part.join(" ")).join(" ");
}

/** tshark prints the bits beyond a prefix, too. */
function masked(address: string, length: number): string {
  return formatPrefix(maskPrefix(parseAddress(address)!, length));
}

/** The RD as octets, then each component: a prefix, or its operators and values in hexadecimal. */
function flowspecOf(nlri: Field): string {
  const rd = all(nlri, "bgp.flowspec_route_distinguisher")[0];
  const rdText = rd === undefined ? [] : [`rd ${rd.children.map(({ value }) => value).join("")}`];
  return [...rdText, ...all(nlri, "bgp.flowspec_nlri.filter").map(componentOf)].join(" ");
}

/** Bits of an operator that say something: AND, and the comparison. */
const SAID = 0x47;

function componentOf(filter: Field): string {
  const type = first(filter, "bgp.flowspec_nlri.filter_type")!;
  const fields = [...leaves(filter)];
  const address = fields.find(({ name }) => /\.(?:dst|src)_(?:prefix_filter|ipv6_pref)$/.test(name));
  if (address !== undefined) {
    const length = first(filter, "bgp.prefix_length") ?? first(filter, "bgp.flowspec_nlri.ipv6_pref_length");
    const offset = first(filter, "bgp.flowspec_nlri.ipv6_pref_offset") ?? "0";
    return `${type}=${address.show}/${length}-${offset}`;
  }
  const siblings = fields.find((field) => field.children.some(({ name }) => name.endsWith(".opflags")))?.children ?? [];
  const terms: string[] = [];
  siblings.forEach(({ name, value }, i) => {
    if (!name.endsWith(".opflags")) return;
    const { value: octets, unmasked } = siblings[i + 1]!;
    const operator = parseInt(value, 16) & (terms.length === 0 ? SAID & ~0x40 : SAID);
    terms.push(`${operator.toString(16)}:${unmasked === "" ? octets : unmasked}`);
  });
  return `${type}=${terms.join(",")}`;
}
