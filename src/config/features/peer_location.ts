/** Where a peer is: at an address, inside a network, or alone on a link; and our address of the connection. */

import {
  canonicalZonedAddress,
  formatAddress,
  formatPrefix,
  isInterfaceName,
  isLinkLocal,
  parseAddress,
  type Prefix,
  splitZone,
} from "../../types/mod.ts";
import { setting, type SettingTable } from "../keys/key.ts";
import { address, prefix } from "../keys/network_values.ts";
import { fault, type Given } from "../keys/table.ts";
import { fail, type ValueType, wrong } from "../keys/value_type.ts";
import { integer } from "../keys/values.ts";
import type { Report } from "../toml/errors.ts";
import type { TomlNode } from "../toml/parse.ts";

export type PeerLocation =
  /** Canonical text; a link-local address has its zone. */
  | { readonly kind: "address"; readonly remoteIp: string }
  /** Its members may connect. Their addresses are known when they do. */
  | { readonly kind: "network"; readonly remoteNetwork: Prefix }
  /** The one neighbour on a link of ours, at whatever link-local address. */
  | { readonly kind: "interface"; readonly interface: string };

export interface LocationSettings {
  /** Canonical text. */
  readonly localIp: string | undefined;
  /** Of a network: members at a time. */
  readonly maxMembers: number;
}

/** What `remote_ip` says: one address, with its zone, or a network of possible addresses. */
type Remote = { kind: "address"; address: string } | { kind: "network"; network: Prefix };

const remote: ValueType<Remote> = {
  name: "IP address or network",
  parse(node, key, report) {
    const value = node.kind === "string" ? node.value : "";
    if (!value.includes("/")) {
      const single = zonedAddress(node, value, key, report);
      return single === undefined ? undefined : { kind: "address", address: single };
    }
    const network = prefix.parse(node, key, report);
    if (network === undefined) return undefined;
    return network.length === network.octets.length * 8
      ? { kind: "address", address: formatAddress(network.octets) }
      : { kind: "network", network };
  },
};

/** The zone of a link-local address says which of our links it is on (RFC 4007 §6). */
function zonedAddress(node: TomlNode, value: string, key: string, report: Report): string | undefined {
  const { address: bare, zone } = splitZone(value);
  const plain = address.parse(value.includes("%") ? { ...node, kind: "string", value: bare } : node, key, report);
  if (plain === undefined) return undefined;
  const canonical = canonicalZonedAddress(value);
  if (canonical !== undefined) return canonical;
  if (!isLinkLocal(parseAddress(plain)!)) {
    return fail(
      node,
      `${key}: only a link-local address has a zone, and ${plain} is not link-local`,
      report,
      `"${plain}"`,
    );
  }
  return fail(node, `${key}: "${zone}" is not an interface name`, report);
}

/** An interface of ours, as the system calls it. */
const interfaceName: ValueType<string> = {
  name: "name of an interface",
  parse(node, key, report) {
    if (node.kind === "string" && isInterfaceName(node.value)) return node.value;
    return wrong(node, key, 'the name of an interface, such as "eth0"', report);
  },
};

/** Keys of a peer that a group cannot have. */
export const locationKeys = {
  remote_ip: setting({
    type: remote,
    doc: 'address of the peer, link-local as "fe80::1%eth0"; or a network, from which any peer may connect',
    example: '"198.51.100.1"',
    defaultText: "required, or interface",
    sets: { remoteIp: "replaces", remoteNetwork: "replaces" },
  }),
  interface: setting({
    type: interfaceName,
    doc: "our interface to a link-local remote_ip without a zone; alone: the peer is the only neighbour on that link",
    example: '"eth0"',
    defaultText: "none",
    sets: { interface: "replaces" },
  }),
} as const satisfies SettingTable;

export const sharedLocationKeys = {
  local_ip: setting({
    type: address,
    doc: "our address of the connection",
    example: '"198.51.100.2"',
    defaultText: "any",
    sets: { localIp: "resets" },
  }),
  max_members: setting({
    type: integer(1, 100_000),
    doc: "of a network: maximum number of peers at the same time; a peer without a session for an hour does not count",
    example: "100",
    default: 1000,
    sets: { maxMembers: "applies" },
  }),
} as const satisfies SettingTable;

/** `undefined` where a mistake was reported. */
export function readLocation(own: Given<typeof locationKeys>): PeerLocation | undefined {
  const { remote_ip: remote, interface: link } = own.values;
  if (!own.has("remote_ip")) {
    if (link !== undefined) return { kind: "interface", interface: link };
    if (!own.has("interface")) {
      own.report.add(
        own.start,
        "remote_ip is missing: an address or a network; or set interface for the only neighbour on a link",
      );
    }
    return undefined;
  }
  if (remote === undefined) return undefined;
  if (remote.kind === "network") {
    if (link !== undefined) fault(own, "interface", "interface and a network as remote_ip: set only one of them");
    return { kind: "network", remoteNetwork: remote.network };
  }
  const { address, zone } = splitZone(remote.address);
  if (!isLinkLocal(parseAddress(address)!)) {
    if (link !== undefined) {
      fault(own, "interface", `interface needs a link-local remote_ip, and ${address} is not link-local`);
    }
    return { kind: "address", remoteIp: remote.address };
  }
  if (zone === "" && link === undefined) {
    if (own.has("interface")) return undefined;
    fault(
      own,
      "remote_ip",
      `remote_ip: ${address} is link-local, and each link has such addresses: add our interface`,
      `"${address}%eth0"`,
    );
    return undefined;
  }
  if (zone !== "" && link !== undefined && zone !== link) {
    fault(own, "interface", `interface is ${link}, but remote_ip is on ${zone}`);
  }
  return { kind: "address", remoteIp: `${address}%${zone === "" ? link : zone}` };
}

/** `own`: the peer's own table. `given`: also what its groups say. */
export function readLocationSettings(
  own: Given<typeof sharedLocationKeys>,
  given: Given<typeof sharedLocationKeys>,
  location: PeerLocation | undefined,
): LocationSettings {
  const { local_ip: localIp, max_members: maxMembers = sharedLocationKeys.max_members.default } = given.values;
  checkLocal(given, localIp, location);
  if (own.has("max_members") && location !== undefined && location.kind !== "network") {
    fault(own, "max_members", "max_members is for a network as remote_ip, and this is one peer");
  }
  return { localIp, maxMembers };
}

function checkLocal(
  given: Given<typeof sharedLocationKeys>,
  localIp: string | undefined,
  location: PeerLocation | undefined,
): void {
  if (location === undefined || localIp === undefined) return;
  const remote = location.kind === "network" ? formatAddress(location.remoteNetwork.octets) : remoteOf(location);
  const isWide = remote.includes(":");
  if (localIp.includes(":") !== isWide) {
    const [local, other] = isWide ? ["IPv4", "IPv6"] : ["IPv6", "IPv4"];
    return fault(
      given,
      "local_ip",
      `local_ip is ${local} but remote_ip is ${other}: a connection has one family; use an ${other} address`,
    );
  }
  const isZoned = location.kind !== "address" || location.remoteIp.includes("%");
  if (isWide && !isZoned && isLinkLocal(parseAddress(localIp)!)) {
    fault(
      given,
      "local_ip",
      "local_ip is link-local but remote_ip is not: such a connection cannot come up; use another address of ours",
    );
  }
}

/**
 * The canonical text of an address, with its zone, or of a network. For a link: the network of all neighbours there,
 * `fe80::/10%eth0`.
 */
export function remoteOf(location: PeerLocation): string {
  switch (location.kind) {
    case "address":
      return location.remoteIp;
    case "network":
      return formatPrefix(location.remoteNetwork);
    case "interface":
      return `fe80::/10%${location.interface}`;
  }
}
