/** Types of values that every network has: AS numbers, addresses, prefixes, sockets. */

import {
  AS_TRANS,
  type Asn,
  canonicalAddress,
  canonicalZonedAddress,
  formatPrefix,
  isLinkLocal,
  maskPrefix,
  parseAddress,
  parseAsn,
  parseIpv4Number,
  parsePrefix,
  type Prefix,
} from "../../types/mod.ts";
import type { TomlNode } from "../toml/parse.ts";
import { fail, type ValueType, wrong } from "./value_type.ts";

export const asn: ValueType<Asn> = {
  name: "AS number",
  parse(node, key, report) {
    const value = asnOf(node);
    if (value === undefined) return wrong(node, key, 'an AS number, 1 to 4294967295, such as 65000 or "1.10"', report);
    if (value === 0) return fail(node, `${key}: AS 0 is reserved (RFC 7607); write the AS that is in use`, report);
    if (value === AS_TRANS) {
      return fail(
        node,
        `${key}: AS 23456 (AS_TRANS) only represents 4-octet ASNs (RFC 6793 §9); write the AS itself`,
        report,
      );
    }
    return value;
  },
};

export function asnOf(node: TomlNode): Asn | undefined {
  if (node.kind === "string") return parseAsn(node.value);
  // Without quotes 1.10 is the number 1.1, which must not pass for AS 1.1.
  return node.kind === "number" && Number.isInteger(Number(node.value)) ? parseAsn(String(node.value)) : undefined;
}

/** RFC 6286: any four octets but zero. */
export const routerId: ValueType<number> = {
  name: "IPv4 address",
  parse(node, key, report) {
    const value = node.kind === "string" ? parseIpv4Number(node.value) : undefined;
    if (value === undefined) return wrong(node, key, 'four octets such as "192.0.2.1"', report);
    if (value === 0) return fail(node, `${key} cannot be 0.0.0.0 (RFC 6286 §2.1)`, report);
    return value;
  },
};

export const address: ValueType<string> = {
  name: "IP address",
  parse(node, key, report) {
    const value = node.kind === "string" ? canonicalAddress(node.value) : undefined;
    if (value === undefined) return wrong(node, key, 'an address such as "192.0.2.1" or "2001:db8::1"', report);
    if (isUnspecified(value)) return fail(node, `${key} cannot be ${value}`, report);
    return value;
  },
};

function isUnspecified(canonical: string): boolean {
  return canonical === "0.0.0.0" || canonical === "::";
}

export const prefix: ValueType<Prefix> = {
  name: "prefix",
  parse(node, key, report) {
    const value = node.kind === "string" ? node.value : "";
    const parsed = parsePrefix(value);
    if (parsed !== undefined && value.includes("/")) return parsed;
    if (parsed !== undefined) return fail(node, `${key} needs a length`, report, `"${formatPrefix(parsed)}"`);
    const [octets, length] = value.split("/");
    const parsedOctets = parseAddress(octets ?? "");
    if (parsedOctets !== undefined && /^\d{1,3}$/.test(length ?? "") && Number(length) <= parsedOctets.length * 8) {
      const meant = formatPrefix(maskPrefix(parsedOctets, Number(length)));
      return fail(node, `${key}: ${value} has host bits set`, report, `"${meant}"`);
    }
    return wrong(node, key, 'a prefix such as "192.0.2.0/24" or "2001:db8::/32"', report);
  },
};

export interface SocketAddress {
  /** Canonical text, e.g. `"::"`. */
  readonly address: string;
  readonly port: number;
}

/** `"127.0.0.1:1179"`, `"[::1]:1179"`, or an address alone for the port of BGP. */
export function socket(defaultPort: number | undefined): ValueType<SocketAddress> {
  return {
    name: "address:port",
    parse(node, key, report) {
      const value = node.kind === "string" ? node.value : "";
      const match = /^(?:\[([^\]]*)\]|([^:\[\]]*))(?::(\d{1,5}))?$/.exec(value);
      const bare = match === null ? canonicalZonedAddress(value) : undefined;
      if (bare !== undefined) {
        if (defaultPort !== undefined) return { address: bare, port: defaultPort };
        return fail(node, `${key}: an IPv6 address before a port needs brackets`, report, `"[${bare}]:8179"`);
      }
      const host = canonicalZonedAddress(match?.[1] ?? match?.[2] ?? "");
      const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
      if (host === undefined || port === undefined) {
        return wrong(node, key, 'an address and a port such as "127.0.0.1:1179" or "[::1]:1179"', report);
      }
      if (!host.includes("%") && isLinkLocal(parseAddress(host)!)) {
        return fail(node, `${key}: ${host} is link-local: add its interface`, report, `"[${host}%eth0]:${port}"`);
      }
      if (port < 1 || port > 65535) return fail(node, `${key}: a port is 1 to 65535, not ${port}`, report);
      return { address: host, port };
    },
  };
}
