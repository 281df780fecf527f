/** Communities in the words of ExaBGP, as the words of bgpd. */

import {
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  parseCommunity,
  parseExtCommunity,
  parseFlowActions,
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
    case "bandwidth":
      return parseExtCommunity(`link-bw:${first}:${second}`);
    case "l2info":
      return l2InfoOf(parts.map(Number));
    default:
      return actionOf(word) ?? parseExtCommunity(word);
  }
}

/** What routers do with packets that a FlowSpec rule matches: `rate-limit:9600`, `redirect:65500:12345`. */
function actionOf(word: string): Uint8Array | undefined {
  const actions = parseFlowActions(word);
  return "error" in actions ? undefined : actions.extCommunities[0];
}

/** Type and subtype of the layer 2 information of VPLS. */
const l2Info = 0x800a;

/** Encapsulation, control flags, MTU, preference of the site (RFC 4761 §3.2.4). */
function l2InfoOf(numbers: readonly number[]): Uint8Array | undefined {
  const [encapsulation = -1, flags = -1, mtu = -1, preference = -1] = numbers;
  const isValid = numbers.length === 4 && [encapsulation, flags].every((value) => value >= 0 && value <= 255) &&
    [mtu, preference].every((value) => value >= 0 && value <= 0xffff);
  if (!isValid) return undefined;
  const octets = new Uint8Array(8);
  writeUint16(octets, 0, l2Info);
  octets[2] = encapsulation;
  octets[3] = flags;
  writeUint32(octets, 4, mtu * 0x10000 + preference);
  return octets;
}
