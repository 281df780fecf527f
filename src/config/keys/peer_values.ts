/** Values that say which peer is meant: where it is, and what it is called. */

import {
  canonicalZonedAddress,
  formatAddress,
  isInterfaceName,
  isLinkLocal,
  parseAddress,
  type Prefix,
  printable,
  splitZone,
} from "../../types/mod.ts";
import type { Report } from "../toml/errors.ts";
import type { TomlNode } from "../toml/parse.ts";
import { address, fail, prefix, type ValueType, wrong } from "./values.ts";

/** Where a peer is: one address, with its zone, or a network of possible addresses. */
export type Remote = { kind: "address"; address: string } | { kind: "network"; network: Prefix };

export const remote: ValueType<Remote> = {
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

/** An address; of a link-local one the zone says on which of our links it is (RFC 4007 §6). */
function zonedAddress(node: TomlNode, value: string, key: string, report: Report): string | undefined {
  const { address: bare, zone } = splitZone(value);
  const plain = address.parse(value.includes("%") ? { ...node, kind: "string", value: bare } : node, key, report);
  if (plain === undefined) return undefined;
  const canonical = canonicalZonedAddress(value);
  if (canonical !== undefined) return canonical;
  if (!isLinkLocal(parseAddress(plain)!)) {
    return fail(node, `${key}: only a link-local address has a zone, ${plain} is none`, report, `"${plain}"`);
  }
  return fail(node, `${key}: "${zone}" is not the name of an interface`, report);
}

/** Of ours, as the system calls it. */
export const interfaceName: ValueType<string> = {
  name: "name of an interface",
  parse(node, key, report) {
    if (node.kind === "string" && isInterfaceName(node.value)) return node.value;
    return wrong(node, key, 'the name of an interface, as "eth0"', report);
  },
};

/** Longer ones fit no table. */
const longestName = 64;

/** Of a peer: a word for commands, paths of the API and SQL. Whether it is an address is asked where that is known. */
export const peerName: ValueType<string> = {
  name: `1 to ${longestName} letters, digits and signs`,
  parse(node, key, report) {
    const value = node.kind === "string" ? node.value : "";
    const example = '"upstream-a"';
    if (value === "local") return fail(node, `${key} "local" is this speaker's own, in the column peer`, report);
    if (value.length > longestName) {
      return fail(node, `${key} has ${value.length} characters, ${longestName} at most`, report);
    }
    if (/^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u.test(value) && !/["'\\/]/.test(value) && printable(value) === value) {
      return value;
    }
    return wrong(node, key, `a word without spaces, slashes and quotes, as ${example}`, report);
  },
};
