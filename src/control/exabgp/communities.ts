/** Communities in the words of ExaBGP, as the words of bgpd. */

import {
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  parseCommunity,
  parseExtCommunity,
  parseLargeCommunity,
} from "../../message/mod.ts";
import { parseIpv4Number, writeUint16, writeUint32 } from "../../types/mod.ts";
import { WrongCommand } from "./words.ts";

/** `65000:1`, `no-export`, or a number: `0x87654321`. */
export function communityText(word: string): string {
  const name = word.toLowerCase() === "nopeer" ? "no-peer" : word.toLowerCase();
  const number = /^(?:0x[0-9a-f]{1,8}|\d{1,10})$/.test(name) ? Number(name) : parseCommunity(name);
  if (number === undefined || number > 0xffff_ffff) throw new WrongCommand(`"${word}" is not a community`);
  return formatCommunity(number);
}

export function largeCommunityText(word: string): string {
  const parts = parseLargeCommunity(word);
  if (parts === undefined) throw new WrongCommand(`"${word}" is not a large community`);
  return formatLargeCommunity(parts);
}

/** Type and subtype of communities that bgpd has no words for. */
const redirect = 0x8008;
const redirectFourOctets = 0x8208;
const redirectIpv4 = 0x8108;
const l2Info = 0x800a;
const redirectToNextHop = 0x0800;

/** The words of a list; some communities are two words: `mark 10`. */
export function extCommunityTexts(words: readonly string[]): string[] {
  const texts: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const isPair = /^(mark|action|redirect-to-nexthop-ietf|copy-to-nexthop-ietf)$/.test(word);
    texts.push(extCommunityText(isPair ? `${word}:${words[++at] ?? ""}` : word));
  }
  return texts;
}

/** `target:65000:1`, `65000:1`, `origin:1.2.3.4:5`, `0x0002FDE900000001`, `l2info:19:0:1500:111` and others. */
export function extCommunityText(word: string): string {
  const octets = octetsOf(word);
  if (octets === undefined) throw new WrongCommand(`"${word}" is not an extended community`);
  return formatExtCommunity(octets);
}

function octetsOf(word: string): Uint8Array | undefined {
  if (/^0x/i.test(word)) return parseExtCommunity(word.toLowerCase());
  if (word === "redirect-to-nexthop") return withType(redirectToNextHop);
  if (word === "copy-to-nexthop") return withType(redirectToNextHop, 1);
  const parts = word.split(":");
  const isTarget = parts.length === 2 && /^[\d.]+L?$/i.test(parts[0]!);
  const kind = isTarget ? "target" : parts.shift()!.toLowerCase();
  const [first = "", second = ""] = parts;
  switch (kind) {
    case "target":
    case "origin":
    case "target4":
    case "origin4": {
      // The number of an AS may be followed by an address in place of a number of 32 bits.
      const local = parseIpv4Number(second) ?? second.replace(/L$/i, "");
      const asn = first.replace(/L$/i, "") + (kind.endsWith("4") || /L$/i.test(first) ? "L" : "");
      return parts.length === 2 ? parseExtCommunity(`${kind.replace("4", "")}:${asn}:${local}`) : undefined;
    }
    case "redirect":
      return parts.length === 2 ? redirectTo(first, second) : undefined;
    case "bandwidth":
      return parseExtCommunity(`link-bw:${first}:${second}`);
    case "l2info":
      return l2InfoOf(parts.map(Number));
    default:
      return actionOf(kind, parts) ?? parseExtCommunity(word);
  }
}

/** What routers do with packets that a FlowSpec rule matches. */
function actionOf(kind: string, [first = "", second, ...rest]: readonly string[]): Uint8Array | undefined {
  const number = /^\d{1,13}$/.test(first) ? Number(first) : undefined;
  switch (kind) {
    case "rate-limit":
      if (number === undefined || second !== undefined && second !== "packets") return undefined;
      return withFloat(second === undefined ? 0x8006 : 0x800c, number);
    case "mark":
      return number !== undefined && number < 64 ? withType(0x8009, number) : undefined;
    case "action": {
      const bits: number[] = first.split("-").map((word) => word === "sample" ? 2 : word === "terminal" ? 1 : 4);
      return bits.includes(4) ? undefined : withType(0x8007, bits.reduce((all, bit) => all | bit));
    }
    case "redirect-to-nexthop-ietf":
    case "copy-to-nexthop-ietf": {
      const address = parseIpv4Number(first);
      if (address === undefined) return undefined;
      const octets = withType(0x010c, kind.startsWith("copy") ? 1 : 0);
      writeUint32(octets, 2, address);
      return octets;
    }
    case "interface-set":
      return interfaceSet([first, second ?? "", ...rest]);
    default:
      return undefined;
  }
}

/** `transitive:input:65000:10`: the packets of interfaces in a group (draft-ietf-idr-flowspec-interfaceset). */
function interfaceSet([transitivity, direction, asn, group, ...rest]: readonly string[]): Uint8Array | undefined {
  const bits = ["input", "output", "input-output"].indexOf(direction ?? "") + 1;
  const isTransitive = transitivity === "transitive";
  const numbers = [asn, group].every((text) => /^\d{1,10}$/.test(text ?? ""));
  if (rest.length > 0 || bits === 0 || !numbers || !isTransitive && transitivity !== "non-transitive") return undefined;
  if (Number(asn) > 0xffff_ffff || Number(group) > 0x3fff) return undefined;
  const octets = withType(isTransitive ? 0x0702 : 0x4702);
  writeUint32(octets, 2, Number(asn));
  writeUint16(octets, 6, bits << 14 | Number(group));
  return octets;
}

function withFloat(type: number, value: number): Uint8Array {
  const octets = withType(type);
  new DataView(octets.buffer).setFloat32(4, value);
  return octets;
}

function redirectTo(administrator: string, local: string): Uint8Array | undefined {
  const target = parseExtCommunity(`rt:${administrator}:${local}`);
  if (target === undefined) return undefined;
  const type = [redirect, redirectIpv4, redirectFourOctets][target[0]!];
  writeUint16(target, 0, type!);
  return target;
}

/** Encapsulation, control flags, MTU, preference of the site (RFC 4761 §3.2.4). */
function l2InfoOf(numbers: readonly number[]): Uint8Array | undefined {
  const [encapsulation = -1, flags = -1, mtu = -1, preference = -1] = numbers;
  const isValid = numbers.length === 4 && [encapsulation, flags].every((value) => value >= 0 && value <= 255) &&
    [mtu, preference].every((value) => value >= 0 && value <= 0xffff);
  if (!isValid) return undefined;
  const octets = withType(l2Info);
  octets[2] = encapsulation;
  octets[3] = flags;
  writeUint32(octets, 4, mtu * 0x10000 + preference);
  return octets;
}

/** `last`: the last octet. */
function withType(type: number, last = 0): Uint8Array<ArrayBuffer> {
  const octets = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, last);
  writeUint16(octets, 0, type);
  return octets;
}
