/**
 * What routers do with the packets of a FlowSpec rule (RFC 8955 §7, RFC 8956 §6): extended communities, and their text.
 *
 * Each action is one word, as all extended communities are: `discard`, `rate-limit:9600` (octets per second),
 * `rate-limit-packets:1000`, `redirect:65000:100` (to the VRF that imports the route target), `mark:10`,
 * `action:sample-terminal`, `redirect-to-ip:192.0.2.1` and `copy-to-ip:192.0.2.1`
 * (draft-ietf-idr-flowspec-redirect-ip), `redirect-to-next-hop` and `copy-to-next-hop`
 * (draft-simpson-idr-flowspec-redirect), `interface-set:transitive:input:65000:7`
 * (draft-ietf-idr-flowspec-interfaceset). People write a space for the first colon, too.
 */

import {
  floatBits,
  formatAddress,
  parseAddress,
  readFloat32,
  readUint16,
  readUint32,
  writeUint32,
} from "../types/mod.ts";
import { formatAssignedNumber, parseAssignedNumber } from "./assigned_number.ts";
import { withIpv6, withNumbers, withOctets } from "./ext_community_octets.ts";

/** Type and subtype (RFC 8955 §7; RFC 7153 §5). */
const ActionType = {
  interfaceSet: 0x0702,
  interfaceSetHere: 0x4702,
  redirectToIp: 0x010c,
  redirectToNextHop: 0x0800,
  rateBytes: 0x8006,
  trafficAction: 0x8007,
  redirectAs: 0x8008,
  mark: 0x8009,
  ratePackets: 0x800c,
  redirectIpv4: 0x8108,
  redirectAs4: 0x8208,
} as const;

/** Of the IPv6 address specific extended communities (RFC 5701): 20 octets. */
const Ipv6ActionType = { redirectToIp: 0x000c, redirect: 0x000d } as const;

/** Bit 47 and bit 46 of a traffic action (RFC 8955 §7.3). */
const TERMINAL = 1, SAMPLE = 2;
/** The C bit of a redirect to an address: a copy of the packet goes there. */
const COPY = 1;

const sets = ["", "input", "output", "input-output"] as const;

const actionTypes: ReadonlySet<number> = new Set(Object.values(ActionType));

/** True for the type and subtype of an action in the extended communities of 8 octets. */
export function isFlowActionType(type: number): boolean {
  return actionTypes.has(type);
}

/** The action of 8 octets; `undefined`: they are none, or have bits that no word shows. */
export function formatFlowAction(octets: Uint8Array): string | undefined {
  const type = readUint16(octets, 0);
  const high = readUint16(octets, 2), low = readUint32(octets, 4);
  switch (type) {
    case ActionType.rateBytes:
    case ActionType.ratePackets:
      return formatRate(type, high, readFloat32(octets, 4));
    case ActionType.trafficAction:
      return high === 0 && low > 0 && low <= (TERMINAL | SAMPLE)
        ? `action:${["terminal", "sample", "sample-terminal"][low - 1]}`
        : undefined;
    case ActionType.redirectAs:
    case ActionType.redirectIpv4:
    case ActionType.redirectAs4:
      return `redirect:${formatAssignedNumber((type - ActionType.redirectAs) >> 8, octets, 2)}`;
    case ActionType.mark:
      return high === 0 && low <= 63 ? `mark:${low}` : undefined;
    case ActionType.redirectToIp:
      return readUint16(octets, 6) > COPY
        ? undefined
        : `${octets[7] === COPY ? "copy" : "redirect"}-to-ip:${formatAddress(octets.subarray(2, 6))}`;
    case ActionType.redirectToNextHop:
      return high === 0 && low <= COPY ? `${low === COPY ? "copy" : "redirect"}-to-next-hop` : undefined;
    case ActionType.interfaceSet:
    case ActionType.interfaceSetHere: {
      const reach = type === ActionType.interfaceSet ? "transitive" : "non-transitive";
      const direction = sets[octets[6]! >> 6]!;
      return direction === ""
        ? undefined
        : `interface-set:${reach}:${direction}:${readUint32(octets, 2)}:${readUint16(octets, 6) & 0x3fff}`;
    }
    default:
      return undefined;
  }
}

/** RFC 8955 §7.1, §7.2: the AS is for information only. */
function formatRate(type: number, asn: number, rate: number): string | undefined {
  if (!Number.isFinite(rate) || rate < 0 || Object.is(rate, -0)) return undefined;
  if (type === ActionType.rateBytes && asn === 0 && rate === 0) return "discard";
  return `${type === ActionType.rateBytes ? "rate-limit" : "rate-limit-packets"}:${asn === 0 ? "" : `${asn}:`}${rate}`;
}

/** The action of 20 octets of an IPv6 address specific extended community. */
export function formatIpv6FlowAction(octets: Uint8Array): string | undefined {
  const address = formatAddress(octets.subarray(2, 18));
  const local = readUint16(octets, 18);
  switch (readUint16(octets, 0)) {
    case Ipv6ActionType.redirect:
      return `redirect:[${address}]:${local}`;
    case Ipv6ActionType.redirectToIp:
      return local > COPY ? undefined : `${local === COPY ? "copy" : "redirect"}-to-ip:${address}`;
    default:
      return undefined;
  }
}

/**
 * What routers do: all actions of a route, in their order. Values that RFC 8955 tells to ignore or to replace are
 * treated so: a negative rate discards (§7.1), unused bits of a traffic action and of a mark do not count (§7.3, §7.5).
 */
export function formatFlowActions(
  extCommunities: readonly Uint8Array[],
  ipv6ExtCommunities: readonly Uint8Array[],
): string {
  return [
    ...extCommunities.map((octets) => formatFlowAction(octets) ?? formatFlowAction(withoutIgnored(octets))),
    ...ipv6ExtCommunities.map(formatIpv6FlowAction),
  ].filter((text) => text !== undefined).join(" ");
}

function withoutIgnored(octets: Uint8Array): Uint8Array {
  const clean = octets.slice();
  switch (readUint16(octets, 0)) {
    case ActionType.rateBytes:
    case ActionType.ratePackets:
      // The sign bit: -0, and what is no number, count as negative.
      if ((octets[4]! & 0x80) !== 0) writeUint32(clean, 4, 0);
      break;
    case ActionType.trafficAction:
      clean.fill(0, 2, 7);
      clean[7]! &= TERMINAL | SAMPLE;
      break;
    case ActionType.mark:
      clean.fill(0, 2, 7);
      clean[7]! &= 63;
      break;
    case ActionType.redirectToIp:
      clean[6] = 0;
      clean[7]! &= COPY;
      break;
    case ActionType.redirectToNextHop:
      clean.fill(0, 2, 7);
      clean[7]! &= COPY;
  }
  return clean;
}

/** 8 octets, or 20: an IPv6 address specific extended community. */
export type FlowAction = Uint8Array;

/** Reads what {@link formatFlowAction} and {@link formatIpv6FlowAction} write. */
export function parseFlowAction(text: string): FlowAction | undefined {
  const colon = text.indexOf(":");
  const name = (colon === -1 ? text : text.slice(0, colon)).toLowerCase();
  const value = colon === -1 ? "" : text.slice(colon + 1);
  switch (name) {
    case "discard":
      return value === "" ? rate(ActionType.rateBytes, "0") : undefined;
    case "rate-limit":
      return value.endsWith(":packets")
        ? rate(ActionType.ratePackets, value.slice(0, -":packets".length))
        : rate(ActionType.rateBytes, value);
    case "rate-limit-packets":
      return rate(ActionType.ratePackets, value);
    case "redirect":
      return redirect(value);
    case "redirect-to-ip":
      return toAddress(value, 0);
    case "copy-to-ip":
      return toAddress(value, COPY);
    case "redirect-to-next-hop":
      return value === "" ? withNumbers(ActionType.redirectToNextHop, 0, 0) : undefined;
    case "copy-to-next-hop":
      return value === "" ? withNumbers(ActionType.redirectToNextHop, 0, COPY) : undefined;
    case "mark":
      return /^\d{1,2}$/.test(value) && Number(value) <= 63
        ? withNumbers(ActionType.mark, 0, Number(value))
        : undefined;
    case "action": {
      const bits = ["terminal", "sample", "sample-terminal"].indexOf(value.toLowerCase()) + 1;
      return bits === 0 ? undefined : withNumbers(ActionType.trafficAction, 0, bits);
    }
    case "interface-set":
      return interfaceSet(value);
    default:
      return undefined;
  }
}

function rate(type: number, text: string): FlowAction | undefined {
  const match = /^(?:(\d{1,5}):)?(\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(text);
  if (match === null || Number(match[1] ?? 0) > 0xffff) return undefined;
  const value = Math.fround(Number(match[2]));
  return Number.isFinite(value) ? withNumbers(type, Number(match[1] ?? 0), floatBits(value)) : undefined;
}

function redirect(text: string): FlowAction | undefined {
  const wide = /^\[([^\]]+)\]:(\d{1,5})$/.exec(text);
  if (wide !== null) return ipv6Community(Ipv6ActionType.redirect, wide[1]!, Number(wide[2]));
  const number = parseAssignedNumber(text);
  if (number !== undefined) return withOctets(ActionType.redirectAs + (number.type << 8), number.octets);
  return parseAddress(text) === undefined ? undefined : toAddress(text, 0);
}

function toAddress(text: string, bits: number): FlowAction | undefined {
  return text.includes(":")
    ? ipv6Community(Ipv6ActionType.redirectToIp, text, bits)
    : ipv4Community(ActionType.redirectToIp, text, bits);
}

function interfaceSet(text: string): FlowAction | undefined {
  const match = /^(transitive|non-transitive):(input|output|input-output):(\d{1,10}):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const asn = Number(match[3]), group = Number(match[4]);
  if (asn > 0xffffffff || group > 0x3fff) return undefined;
  const type = match[1] === "transitive" ? ActionType.interfaceSet : ActionType.interfaceSetHere;
  const octets = withNumbers(type, 0, sets.findIndex((name) => name === match[2]) << 14 | group);
  writeUint32(octets, 2, asn);
  return octets;
}

function ipv4Community(type: number, text: string, local: number): FlowAction | undefined {
  const address = parseAddress(text);
  if (address?.length !== 4 || local > 0xffff) return undefined;
  const octets = withNumbers(type, 0, local);
  octets.set(address, 2);
  return octets;
}

function ipv6Community(type: number, text: string, local: number): FlowAction | undefined {
  const address = parseAddress(text);
  if (address?.length !== 16 || local > 0xffff) return undefined;
  return withIpv6(type, address, local);
}

/** What people wrote; the octets of each action in their order. */
export interface FlowActions {
  readonly extCommunities: readonly Uint8Array[];
  readonly ipv6ExtCommunities: readonly Uint8Array[];
}

/** Words of other programs, with the number of words that follow. */
const spellings: Readonly<Record<string, readonly [name: string, values: number]>> = {
  "discard": ["discard", 0],
  "drop": ["discard", 0],
  "rate-limit": ["rate-limit", 1],
  "traffic-rate": ["rate-limit", 1],
  "rate-limit-packets": ["rate-limit-packets", 1],
  "redirect": ["redirect", 1],
  "redirect-to-ip": ["redirect-to-ip", 1],
  "redirect-to-nexthop-ietf": ["redirect-to-ip", 1],
  "copy-to-ip": ["copy-to-ip", 1],
  "copy-to-nexthop-ietf": ["copy-to-ip", 1],
  "redirect-to-next-hop": ["redirect-to-next-hop", 0],
  "redirect-to-nexthop": ["redirect-to-next-hop", 0],
  "copy-to-next-hop": ["copy-to-next-hop", 0],
  "copy-to-nexthop": ["copy-to-next-hop", 0],
  "mark": ["mark", 1],
  "action": ["action", 1],
  "traffic-action": ["action", 1],
  "sample": ["action:sample", 0],
  "terminal": ["action:terminal", 0],
  "sample-terminal": ["action:sample-terminal", 0],
  "interface-set": ["interface-set", 1],
};

/** True for the first word of an action; `accept` is one without an effect. */
export function isFlowActionWord(word: string): boolean {
  const name = nameOf(word);
  return name === "accept" || Object.hasOwn(spellings, name);
}

/**
 * Reads actions, also in the words of other programs: `rate-limit 9600; redirect 65000:100`, `traffic-rate 24000`,
 * `rate-limit 1000 as 65000`.
 */
export function parseFlowActions(text: string): FlowActions | { readonly error: string } {
  const words = text.split(/[\s;,{}]+/).filter((word) => word !== "");
  const extCommunities: Uint8Array[] = [], ipv6ExtCommunities: Uint8Array[] = [];
  for (let at = 0; at < words.length;) {
    const word = words[at]!;
    const name = nameOf(word);
    if (name === "accept") {
      at++;
      continue;
    }
    if (!Object.hasOwn(spellings, name)) return { error: `"${word}" is no action: write ${actionList}` };
    const [known, values] = spellings[name]!;
    const hasColon = word.includes(":");
    const end = at + 1 + (hasColon ? 0 : values);
    let action = known;
    if (hasColon) action += word.slice(word.indexOf(":"));
    else if (values > 0) action += `:${words[at + 1] ?? ""}`;
    at = end;
    if (known.startsWith("rate-limit")) [action, at] = rateWords(action, words, at);
    const octets = parseFlowAction(action);
    if (octets === undefined) return { error: wrongAction(known, words.slice(end - 1 - (hasColon ? 0 : values), at)) };
    const earlier = extCommunities.find((other) => isTrafficAction(other) && isTrafficAction(octets));
    // `sample terminal` is one community with two bits.
    if (earlier !== undefined) earlier[7]! |= octets[7]!;
    else (octets.length === 8 ? extCommunities : ipv6ExtCommunities).push(octets);
  }
  return { extCommunities, ipv6ExtCommunities };
}

function isTrafficAction(octets: Uint8Array): boolean {
  return readUint16(octets, 0) === ActionType.trafficAction;
}

/** `rate-limit 1000 packets` and `rate-limit 1000 as 65000`. */
function rateWords(action: string, words: readonly string[], at: number): [action: string, at: number] {
  if (words[at]?.toLowerCase() === "packets") return [`${action}:packets`, at + 1];
  if (words[at]?.toLowerCase() !== "as") return [action, at];
  const [name, value] = action.split(":");
  return [`${name}:${words[at + 1] ?? ""}:${value}`, at + 2];
}

function nameOf(word: string): string {
  const colon = word.indexOf(":");
  return (colon === -1 ? word : word.slice(0, colon)).toLowerCase();
}

const actionList = "discard, rate-limit:9600, rate-limit-packets:1000, redirect:65000:100, redirect-to-ip:192.0.2.1, " +
  "mark:10 or action:sample";

const wanted: Readonly<Record<string, string>> = {
  "discard": "nothing behind it",
  "rate-limit": "octets per second, 0 or more, such as 9600",
  "rate-limit-packets": "packets per second, 0 or more, such as 1000",
  "redirect": "a route target such as 65000:100 or 192.0.2.1:7",
  "redirect-to-ip": "an address",
  "copy-to-ip": "an address",
  "redirect-to-next-hop": "nothing behind it",
  "copy-to-next-hop": "nothing behind it",
  "mark": "a DSCP from 0 to 63",
  "action": "sample, terminal or sample-terminal",
  "interface-set": "a set such as transitive:input:65000:7",
};

function wrongAction(name: string, words: readonly string[]): string {
  return `"${words.join(" ")}": ${name} needs ${wanted[name.split(":")[0]!]}`;
}
