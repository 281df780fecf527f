/** The kinds of values that keys have: each turns a TOML value into one of ours, or says what it should have been. */

import {
  AS_TRANS,
  type Asn,
  canonicalAddress,
  canonicalZonedAddress,
  families,
  familyByName,
  type FamilyId,
  type FamilyMask,
  familyMask,
  familyOf,
  formatPrefix,
  isIpv4,
  isLinkLocal,
  maskPrefix,
  parseAddress,
  parseAsn,
  parseIpv4Number,
  parsePrefix,
  type Prefix,
  writtenHopFault,
} from "../../types/mod.ts";
import { nearest, type Report } from "../toml/errors.ts";
import type { TomlNode, TomlTable } from "../toml/parse.ts";
import type { SocketAddress } from "../config.ts";

export interface ValueType<T> {
  /** For a list of all keys: `"text"`, `"AS number"` … */
  readonly name: string;
  /** `key` is for messages. Reports and returns `undefined` where the value is no such value. */
  parse(node: TomlNode, key: string, report: Report): T | undefined;
}

export type AddPathMode = "receive" | "send" | "both" | "none";

export type AddPath = { kind: "all"; mode: AddPathMode } | { kind: "some"; receive: FamilyMask; send: FamilyMask };

export type ExtendedNextHop = { kind: "all"; enabled: boolean } | { kind: "some"; mask: FamilyMask };

export const text: ValueType<string> = {
  name: "text",
  parse(node, key, report) {
    if (node.kind === "string" && node.value.trim() !== "") return node.value;
    return wrong(node, key, "text in quotes", report);
  },
};

export const boolean: ValueType<boolean> = {
  name: "true or false",
  parse(node, key, report) {
    return node.kind === "boolean" ? node.value : wrong(node, key, "true or false, without quotes", report);
  },
};

/** Permission bits, which the owner always has for reading and writing. */
export const fileMode: ValueType<number> = {
  name: 'mode, as "0640"',
  parse(node, key, report) {
    const mode = node.kind === "string" && /^0?[0-7]{3}$/.test(node.value) ? parseInt(node.value, 8) : undefined;
    if (mode !== undefined && (mode & 0o711) === 0o600) return mode;
    return wrong(node, key, 'a mode as "0640", with which the owner reads and writes and nobody executes', report);
  },
};

export function integer(min: number, max: number, unit = ""): ValueType<number> {
  const wanted = `a whole number from ${min} to ${max}`;
  return {
    name: unit === "" ? `${min} to ${max}` : `${unit}, ${min} to ${max}`,
    parse(node, key, report) {
      const value = node.kind === "number" ? node.value : undefined;
      if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
      return wrong(node, key, wanted, report);
    },
  };
}

/** RFC 4271 §4.2: zero, or at least three seconds. */
export const holdTime: ValueType<number> = {
  name: "seconds, 0 or 3 to 65535",
  parse(node, key, report) {
    const value = node.kind === "number" ? node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && (value === 0 || value >= 3) && value <= 65535) {
      return value;
    }
    return wrong(node, key, "0 (no keepalives) or 3 to 65535 seconds (RFC 4271 §4.2)", report);
  },
};

export const asn: ValueType<Asn> = {
  name: "AS number",
  parse(node, key, report) {
    const value = asnOf(node);
    if (value === undefined) return wrong(node, key, 'an AS number, 1 to 4294967295, as 65000 or "1.10"', report);
    if (value === 0) return fail(node, `${key}: AS 0 is nobody's (RFC 7607)`, report);
    if (value === AS_TRANS) return fail(node, `${key}: AS 23456 only stands in for 4-octet ones (RFC 6793 §9)`, report);
    return value;
  },
};

/** RFC 6286: any four octets but zero. */
export const routerId: ValueType<number> = {
  name: "IPv4 address",
  parse(node, key, report) {
    const value = node.kind === "string" ? parseIpv4Number(node.value) : undefined;
    if (value === undefined) return wrong(node, key, 'four octets as "192.0.2.1"', report);
    if (value === 0) return fail(node, `${key} cannot be 0.0.0.0 (RFC 6286 §2.1)`, report);
    return value;
  },
};

export const address: ValueType<string> = {
  name: "IP address",
  parse(node, key, report) {
    const value = node.kind === "string" ? canonicalAddress(node.value) : undefined;
    if (value === undefined) return wrong(node, key, 'an address as "192.0.2.1" or "2001:db8::1"', report);
    if (isUnspecified(value)) return fail(node, `${key} cannot be ${value}`, report);
    return value;
  },
};

/** Of one family, and a next hop. */
function nextHopOf(octets: 4 | 16): ValueType<string> {
  const name = octets === 4 ? "IPv4" : "IPv6";
  return {
    name: `${name} address`,
    parse(node, key, report) {
      const value = address.parse(node, key, report);
      if (value === undefined) return undefined;
      const parsed = parseAddress(value)!;
      if (parsed.length !== octets) return fail(node, `${key} is an ${name} address, not ${value}`, report);
      const fault = writtenHopFault(parsed);
      return fault === undefined ? value : fail(node, `${key} cannot be ${value}${fault}`, report);
    },
  };
}

export const ipv4NextHop = nextHopOf(4);
export const ipv6NextHop = nextHopOf(16);

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
      return fail(node, `${key}: ${value} has bits set behind its length`, report, `"${meant}"`);
    }
    return wrong(node, key, 'a prefix as "192.0.2.0/24" or "2001:db8::/32"', report);
  },
};

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
        return fail(node, `${key}: an IPv6 address before a port stands in brackets`, report, `"[${bare}]:8179"`);
      }
      const host = canonicalZonedAddress(match?.[1] ?? match?.[2] ?? "");
      const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
      if (host === undefined || port === undefined) {
        return wrong(node, key, 'an address and a port as "127.0.0.1:1179" or "[::1]:1179"', report);
      }
      if (!host.includes("%") && isLinkLocal(parseAddress(host)!)) {
        return fail(node, `${key}: ${host} is link-local: say on which interface`, report, `"[${host}%eth0]:${port}"`);
      }
      if (port < 1 || port > 65535) return fail(node, `${key}: a port is 1 to 65535, not ${port}`, report);
      return { address: host, port };
    },
  };
}

export function oneOf<T extends string>(...words: readonly T[]): ValueType<T> {
  return {
    name: words.map((word) => `"${word}"`).join(", "),
    parse(node, key, report) {
      const value = node.kind === "string" ? node.value.toLowerCase() : undefined;
      const found = words.find((word) => word === value);
      if (found !== undefined) return found;
      const wanted = words.map((word) => `"${word}"`).join(" or ");
      return wrong(node, key, wanted, report, quoted(nearest(value ?? "", words)));
    },
  };
}

/** One value, or a list of them. All mistakes of the list are reported. */
export function listOf<T>(type: ValueType<T>): ValueType<readonly T[]> {
  return {
    name: `list of ${type.name}`,
    parse(node, key, report) {
      if (node.kind !== "array") {
        const single = type.parse(node, key, report);
        return single === undefined ? undefined : [single];
      }
      const values = node.items.map((item) => type.parse(item, key, report));
      const valid = values.filter((value) => value !== undefined);
      return valid.length === values.length ? valid : undefined;
    },
  };
}

export const familyList: ValueType<readonly FamilyId[]> = {
  name: "list of families",
  parse(node, key, report) {
    if (node.kind !== "array") return wrong(node, key, 'a list as ["ipv4 unicast", "ipv6 unicast"]', report);
    const ids = node.items.map((item) => familyName(item, item.kind === "string" ? item.value : "", key, report));
    if (ids.includes(undefined)) return undefined;
    if (ids.length === 0) return fail(node, `${key}: at least one family`, report);
    return [...new Set(ids.filter((id) => id !== undefined))].sort((a, b) => a - b);
  },
};

/** One family or several. */
export const familyNames: ValueType<readonly FamilyId[]> = {
  name: "families",
  parse(node, key, report) {
    return familyList.parse(node.kind === "array" ? node : { ...node, kind: "array", items: [node] }, key, report);
  },
};

const addPathModes = ["receive", "send", "both", "none"] as const;

/** `"receive"` for all families, or `{ "ipv4 unicast" = "both" }`. */
export const addPath: ValueType<AddPath> = {
  name: '"receive", "send", "both", "none", or a table family = mode',
  parse(node, key, report) {
    if (node.kind !== "table") {
      const mode = oneOf(...addPathModes).parse(node, key, report);
      return mode === undefined ? undefined : { kind: "all", mode };
    }
    let receive = 0, send = 0, valid = true;
    for (const [name, entry] of node.entries) {
      const id = familyName({ ...entry, at: entry.keyAt }, name, key, report);
      const mode = oneOf(...addPathModes).parse(entry, `${key} of ${name}`, report);
      if (id === undefined || mode === undefined) {
        valid = false;
        continue;
      }
      if (mode === "receive" || mode === "both") receive |= familyMask([id]);
      if (mode === "send" || mode === "both") send |= familyMask([id]);
    }
    return valid ? { kind: "some", receive, send } : undefined;
  },
};

/** `"all"`, or how many. */
export const pathCount: ValueType<number> = {
  name: '"all", or 1 to 255',
  parse(node, key, report) {
    if (node.kind === "string" && node.value.toLowerCase() === "all") return Infinity;
    const value = node.kind === "number" ? node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 255) return value;
    return wrong(node, key, '"all", or how many paths, 1 to 255', report);
  },
};

export type LongLived = { kind: "all"; enabled: boolean } | { kind: "some"; mask: FamilyMask };

/** `true` for all families, or a list of them. */
export const longLived: ValueType<LongLived> = {
  name: "true, false, or a list of families",
  parse(node, key, report) {
    if (node.kind === "boolean") return { kind: "all", enabled: node.value };
    if (node.kind !== "array") return wrong(node, key, "true, false or a list of families", report);
    const ids = familyList.parse(node, key, report);
    return ids === undefined ? undefined : { kind: "some", mask: familyMask(ids) };
  },
};

/** `true` for all IPv4 families, or a list of them. */
export const extendedNextHop: ValueType<ExtendedNextHop> = {
  name: "true, false, or a list of families",
  parse(node, key, report) {
    if (node.kind === "boolean") return { kind: "all", enabled: node.value };
    if (node.kind !== "array") return wrong(node, key, "true, false or a list of families", report);
    const ids = familyList.parse(node, key, report);
    if (ids === undefined) return undefined;
    const wide = ids.find((id) => !isIpv4(id));
    if (wide !== undefined) {
      return fail(node, `${key} is for IPv4 families; ${familyOf(wide).name} has IPv6 next hops anyway`, report);
    }
    return { kind: "some", mask: familyMask(ids) };
  },
};

/** Any list of tables; what is in them is read by the caller. */
export const tables: ValueType<readonly (TomlNode & { kind: "table" })[]> = {
  name: "tables",
  parse(node, key, report) {
    if (node.kind === "array") {
      const found = node.items.filter((item) => item.kind === "table");
      const other = node.items.find((item) => item.kind !== "table");
      if (other === undefined) return found;
      return wrong(other, key, "a table", report);
    }
    if (node.kind === "table") {
      return fail(node, `${key} is a list: its headers have two brackets, as [[peers]]`, report);
    }
    return wrong(node, key, "a list of tables, each under a header with two brackets as [[peers]]", report);
  },
};

/** A table; what is in it is read by the caller. */
export const table: ValueType<TomlTable> = {
  name: "table",
  parse(node, key, report) {
    return node.kind === "table" ? node : wrong(node, key, 'a table as { prefix = "10.0.0.0/8" }', report);
  },
};

export function asnOf(node: TomlNode): Asn | undefined {
  if (node.kind === "string") return parseAsn(node.value);
  // Without quotes 1.10 is the number 1.1, which must not pass for AS 1.1.
  return node.kind === "number" && Number.isInteger(Number(node.value)) ? parseAsn(String(node.value)) : undefined;
}

/** Reports "key must be … , not …". */
export function wrong(node: TomlNode, key: string, wanted: string, report: Report, suggestion?: string): undefined {
  return fail(node, `${key} must be ${wanted}, not ${describe(node)}`, report, suggestion);
}

export function fail(node: TomlNode, message: string, report: Report, suggestion?: string): undefined {
  report.add(node.at, message, suggestion);
}

function familyName(node: TomlNode, name: string, key: string, report: Report): FamilyId | undefined {
  const found = familyByName(name.toLowerCase());
  if (found !== undefined) return found.id;
  if (/^ipv[46] flow$/.test(name)) return fail(node, `${key}: "${name}" is not supported`, report);
  const names = families.map((row) => row.name);
  const wanted = `a family (${names.join(", ")})`;
  const written: TomlNode = { kind: "string", value: name, at: node.at, keyAt: node.keyAt };
  return wrong(name === "" ? node : written, key, wanted, report, quoted(nearest(name, names)));
}

function describe(node: TomlNode): string {
  switch (node.kind) {
    case "string":
      return `"${node.value}"`;
    case "number":
    case "boolean":
      return String(node.value);
    case "array":
      return "a list";
    case "table":
      return "a table";
    case "date":
      return "a date";
    case "broken":
      return "this";
  }
}

function quoted(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `"${word}"`;
}

function isUnspecified(canonical: string): boolean {
  return canonical === "0.0.0.0" || canonical === "::";
}
