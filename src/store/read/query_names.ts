/** The names and parameters of the queries in `examples/queries.sql`, by their number there. */

import { formatCommunity, parseCommunity } from "../../message/community_text.ts";
import { formatExtCommunity, parseExtCommunity } from "../../message/ext_community_text.ts";
import { formatAddress, formatPrefix, type Millis, parseAddress, parseAsn, parsePrefix } from "../../types/mod.ts";
import type { SqlValue } from "../sqlite.ts";

export interface QueryParameter {
  readonly name: string;
  /** What it is, as the end of a sentence: `an IPv4 address`. */
  readonly doc: string;
  readonly example: string;
  /** Without one, the parameter must be given. */
  readonly default?: string;
  /** The value for SQL; `undefined`: the text is none. */
  read(text: string, time: (text: string) => Millis): SqlValue | undefined;
  /** Texts of the query, and what stands there instead: `?` is the value. */
  readonly edits: readonly (readonly [from: string, to: string])[];
}

interface QueryName {
  readonly number: number;
  readonly name: string;
  /** Which statement of the number: 0 is the first. */
  readonly statement?: number;
  readonly parameters?: readonly QueryParameter[];
}

type Edits = readonly (string | readonly [string, string])[];

/** A text alone becomes the value. */
const editsOf = (edits: Edits) => edits.map((edit) => typeof edit === "string" ? [edit, "?"] as const : edit);

function ipv4Address(...edits: Edits): QueryParameter {
  return {
    name: "address",
    doc: "an IPv4 address",
    example: "198.51.100.7",
    read: (text) => parseAddress(text)?.length === 4 ? text : undefined,
    edits: editsOf(edits),
  };
}

function ipv6Address(...edits: Edits): QueryParameter {
  return {
    name: "address",
    doc: "an IPv6 address",
    example: "2001:db8:1::7",
    read(text) {
      const octets = parseAddress(text);
      const canonical = octets?.length === 16 ? formatAddress(octets) : ".";
      return canonical.includes(".") ? undefined : canonical;
    },
    edits: editsOf(edits),
  };
}

function prefix(...edits: Edits): QueryParameter {
  return {
    name: "prefix",
    doc: "a prefix",
    example: "198.51.100.0/24",
    read(text) {
      const found = parsePrefix(text);
      return found && formatPrefix(found);
    },
    edits: editsOf(edits),
  };
}

function ipv4Prefix(...edits: Edits): QueryParameter {
  const any = prefix(...edits);
  return {
    ...any,
    doc: "an IPv4 prefix",
    read: (text, time) => text.includes(":") ? undefined : any.read(text, time),
  };
}

function asn(...edits: Edits): QueryParameter {
  const read = (text: string) => parseAsn(text.replace(/^AS/i, ""));
  return { name: "asn", doc: "an AS number", example: "65010", read, edits: editsOf(edits) };
}

function peer(name: string, text: string): QueryParameter {
  return {
    name,
    doc: "the name of a peer",
    example: text.slice(1, -1),
    read: (given) => given === "" ? undefined : given,
    edits: [[text, "?"]],
  };
}

/** A time, `modifier` as SQLite has it: "-10 minutes". */
function time(name: string, modifier: string, since: string): QueryParameter {
  return {
    name,
    doc: "a time: -10m, -1h or -1d ago, or 2026-01-31T10:30:00Z",
    example: since,
    default: since,
    read: (text, parse) => parse(text),
    edits: [
      [`strftime('%s', 'now', '${modifier}') * 1000`, "?"],
      [
        `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '${modifier}')`,
        "strftime('%Y-%m-%dT%H:%M:%fZ', ? / 1000.0, 'unixepoch')",
      ],
    ],
  };
}

const inSpaces = "' ' || ? || ' '";

const community: QueryParameter = {
  name: "community",
  doc: "a community of two numbers",
  example: "65001:99",
  read(text) {
    const found = parseCommunity(text);
    return found === undefined ? undefined : formatCommunity(found);
  },
  edits: [["' 65001:99 '", inSpaces]],
};

const routeTarget: QueryParameter = {
  name: "route_target",
  doc: "a route target",
  example: "65000:100",
  read(text) {
    const octets = parseExtCommunity(/^(rt|target):/i.test(text) ? text : `rt:${text}`);
    return octets && formatExtCommunity(octets);
  },
  edits: [["' rt:65000:100 '", inSpaces]],
};

const mac: QueryParameter = {
  name: "mac",
  doc: "a MAC address",
  example: "00:00:5e:00:53:01",
  read: (text) => /^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(text) ? text.toLowerCase() : undefined,
  edits: [["'00:00:5e:00:53:01'", "?"]],
};

const step: QueryParameter = {
  name: "step",
  doc: "a step of the decision process, as best-reasons lists them",
  example: "AS path length",
  read: (text) => text === "" ? undefined : text,
  edits: [["'AS path length'", "?"]],
};

/** 198.51.0.0/16 as one number: the address, then the length in 6 bits. */
const outerPrefix: QueryParameter = {
  ...ipv4Prefix(["(198 << 24) | (51 << 16) AS hi, 16 AS len", "? >> 6 AS hi, ? & 63 AS len"]),
  example: "198.51.0.0/16",
  read(text) {
    const found = parsePrefix(text);
    if (found?.octets.length !== 4) return undefined;
    const octets = Uint8Array.from(found.octets);
    return new DataView(octets.buffer).getUint32(0) * 64 + found.length;
  },
};

const givenPrefix = ipv4Prefix(
  ["'198.51.100.0'", "substr(?, 1, instr(?, '/') - 1)"],
  [", 24 FROM octet", ", substr(?, instr(?, '/') + 1) + 0 FROM octet"],
);

export const queryNames: readonly QueryName[] = [
  { number: 1, name: "longest-match-ipv4", parameters: [ipv4Address("'198.51.100.7'")] },
  { number: 2, name: "longest-match-ipv6", parameters: [ipv6Address("'2001:db8:1::7'")] },
  { number: 3, name: "prefix-routes", parameters: [prefix("'198.51.100.0/24'")] },
  { number: 4, name: "covering-prefixes", parameters: [ipv4Prefix("'198.51.100.0/24'")] },
  { number: 5, name: "more-specific-prefixes", parameters: [outerPrefix] },
  { number: 6, name: "originated-by", parameters: [asn("65010")] },
  { number: 7, name: "routes-through", parameters: [asn(["' 3356 '", inSpaces])] },
  { number: 8, name: "routes-with-community", parameters: [community] },
  { number: 9, name: "several-origins" },
  {
    number: 10,
    name: "only-at-one-peer",
    parameters: [peer("peer", "'192.0.2.1'"), peer("other", "'192.0.2.2'")],
  },
  { number: 11, name: "path-lengths" },
  { number: 12, name: "changes", parameters: [time("since", "-10 minutes", "-10m")] },
  { number: 13, name: "flapping", parameters: [time("since", "-1 hour", "-1h")] },
  {
    number: 14,
    name: "prefix-history",
    parameters: [prefix("'198.51.100.0/24'", ["'ipv4 unicast'", "iif(instr(?, ':'), 'ipv6 unicast', 'ipv4 unicast')"])],
  },
  { number: 15, name: "table-at", parameters: [time("at", "-10 minutes", "-10m")] },
  { number: 15, name: "gaps-at", statement: 1, parameters: [time("at", "-10 minutes", "-10m")] },
  { number: 16, name: "new-origins", parameters: [time("since", "-10 minutes", "-10m")] },
  { number: 17, name: "largest-attribute-sets" },
  { number: 18, name: "incomplete-peers" },
  { number: 19, name: "top-origins" },
  { number: 20, name: "prefix-lengths" },
  { number: 21, name: "best-reasons" },
  { number: 22, name: "upstreams", parameters: [asn(["' 65010 '", inSpaces], ["'65010'", "'' || ?"])] },
  { number: 23, name: "peer-events" },
  { number: 24, name: "best-by-step", parameters: [step] },
  { number: 25, name: "ineligible-routes" },
  { number: 26, name: "import-changes" },
  { number: 27, name: "vpn-longest-match-ipv4", parameters: [ipv4Address("'198.51.100.7'")] },
  { number: 28, name: "vpn-route-target", parameters: [routeTarget] },
  { number: 29, name: "flowspec-rules" },
  { number: 30, name: "evpn-mac", parameters: [mac] },
  { number: 31, name: "flowspec-history", parameters: [time("since", "-1 day", "-1d")] },
  { number: 32, name: "invalid-routes" },
  { number: 33, name: "vrps-of-prefix", parameters: [givenPrefix] },
  { number: 34, name: "announced-invalid", parameters: [time("since", "-1 day", "-1d")] },
  { number: 35, name: "made-invalid", parameters: [time("since", "-1 day", "-1d")] },
  { number: 36, name: "lost-without-invalid" },
  { number: 37, name: "as0-prefixes" },
  { number: 38, name: "without-roa", parameters: [asn("65010")] },
  { number: 39, name: "vrps-without-route", parameters: [asn("65010")] },
  { number: 40, name: "aspa-leaks" },
  { number: 41, name: "invalid-by-ended-vrp" },
  { number: 42, name: "routers" },
  { number: 43, name: "router-prefix", parameters: [prefix("'198.51.100.0/24'")] },
  { number: 44, name: "router-policy-effects" },
  { number: 45, name: "router-prefix-history", parameters: [prefix("'198.51.100.0/24'")] },
  { number: 46, name: "not-from-our-peers" },
];
