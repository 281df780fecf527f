/**
 * PMSI_TUNNEL (RFC 6514 §5) as people write it: `ingress-replication label 100 endpoint 192.0.2.1`,
 * `pim-sm label 0 source 192.0.2.1 group 239.1.1.1`, and other tunnels with their identifier in hexadecimal:
 * `rsvp-te label 0 0x0a0b`. A VXLAN network stands where the label is (RFC 8365 §9): `vni 100`.
 */

import { formatAddress, parseAddress, readUint32 } from "../types/mod.ts";

const HEADER = 5;

const TunnelType = { ssm: 3, sm: 4, bidirectional: 5, ingressReplication: 6 } as const;

/** RFC 6514 §5, RFC 7524 §14, RFC 9574 §11, RFC 8556 §3. */
const names: readonly (string | undefined)[] = [
  "none",
  "rsvp-te",
  "mldp-p2mp",
  "pim-ssm",
  "pim-sm",
  "pim-bidir",
  "ingress-replication",
  "mldp-mp2mp",
  undefined,
  undefined,
  "assisted-replication",
  "bier",
];

const LEAF_INFORMATION_REQUIRED = 1;

/** The text of a valid value. `isVni`: the route's encapsulation makes the label the number of a virtual network. */
export function formatPmsiTunnel(value: Uint8Array, isVni: boolean): string {
  const flags = value[0]!;
  const type = value[1]!;
  const field = readUint32(value, 1) & 0xffffff;
  // A label has 20 bits; a number with more of them is shown as it is.
  const label = isVni || (field & 15) !== 0 ? `vni ${field}` : `label ${field >>> 4}`;
  const words = [names[type] ?? `type-${type}`, label];
  if (flags === LEAF_INFORMATION_REQUIRED) words.push("leaf-information-required");
  else if (flags !== 0) words.push(`flags ${flags}`);
  const identifier = formatIdentifier(type, value.subarray(HEADER));
  if (identifier !== "") words.push(identifier);
  return words.join(" ");
}

function formatIdentifier(type: number, octets: Uint8Array): string {
  const isAddress = octets.length === 4 || octets.length === 16;
  if (type === TunnelType.ingressReplication && isAddress) return `endpoint ${formatAddress(octets)}`;
  const half = octets.length / 2;
  if (isPim(type) && (half === 4 || half === 16)) {
    return `source ${formatAddress(octets.subarray(0, half))} group ${formatAddress(octets.subarray(half))}`;
  }
  return octets.length === 0 ? "" : `0x${octets.toHex()}`;
}

function isPim(type: number): boolean {
  return type === TunnelType.ssm || type === TunnelType.sm || type === TunnelType.bidirectional;
}

const form = /^(\S+) (label|vni) (\d{1,8})(?: (leaf-information-required)| flags (\d{1,3}))?(?: (.+))?$/;

/** Reads what {@link formatPmsiTunnel} writes. */
export function parsePmsiTunnel(text: string): Uint8Array | undefined {
  const match = form.exec(text.trim().replace(/\s+/g, " "));
  if (match === null) return undefined;
  const [, name, word, numberText, leaf, flagsText, identifierText] = match;
  const named = names.indexOf(name!);
  const type = named === -1 ? Number(/^type-(\d{1,3})$/.exec(name!)?.[1] ?? 256) : named;
  const most = word === "label" ? 0xfffff : 0xffffff;
  const flags = leaf === undefined ? Number(flagsText ?? 0) : LEAF_INFORMATION_REQUIRED;
  const identifier = parseIdentifier(type, identifierText ?? "");
  if (type > 255 || Number(numberText) > most || flags > 255 || identifier === undefined) return undefined;
  const field = Number(numberText) << (word === "label" ? 4 : 0);
  return Uint8Array.of(flags, type, field >>> 16, (field >>> 8) & 255, field & 255, ...identifier);
}

function parseIdentifier(type: number, text: string): Uint8Array | undefined {
  if (text === "") return new Uint8Array(0);
  const digits = /^0x((?:[0-9a-fA-F]{2})+)$/.exec(text)?.[1];
  if (digits !== undefined) return Uint8Array.fromHex(digits);
  if (type === TunnelType.ingressReplication) return parseAddress(/^endpoint (\S+)$/.exec(text)?.[1] ?? "");
  const [, source, group] = isPim(type) ? /^source (\S+) group (\S+)$/.exec(text) ?? [] : [];
  const addresses = [source, group].map((address) => parseAddress(address ?? ""));
  const [first, second] = addresses;
  return first === undefined || second?.length !== first.length ? undefined : Uint8Array.of(...first, ...second);
}
