/**
 * Addresses with a zone (RFC 4007 §11): a link-local IPv6 address is valid on one link only, and the zone is the name
 * of our interface on that link: `fe80::1%eth0`. The canonical text of a peer's link-local address includes the zone.
 */

import { canonicalAddress, parseAddress } from "./address.ts";
import { formatPrefix, parsePrefix } from "./prefix.ts";

/** An address and its zone; the zone is empty where there is none. */
export function splitZone(text: string): { address: string; zone: string } {
  const percent = text.indexOf("%");
  return percent === -1
    ? { address: text, zone: "" }
    : { address: text.slice(0, percent), zone: text.slice(percent + 1) };
}

/** True of fe80::/10. `at`: where the 16 octets start. */
export function isLinkLocal(octets: Uint8Array, at = 0): boolean {
  return octets.length >= at + 16 && octets[at] === 0xfe && (octets[at + 1]! & 0xc0) === 0x80;
}

/** The 4 or 16 octets of an address, whatever its zone. */
export function parseZonedAddress(text: string): Uint8Array | undefined {
  return parseAddress(splitZone(text).address);
}

/**
 * The canonical text of any spelling of an address, with its zone where it has one. `undefined`: the text is not an
 * address, or an address that is not link-local has a zone.
 */
export function canonicalZonedAddress(text: string): string | undefined {
  const { address, zone } = splitZone(text);
  const canonical = canonicalAddress(address);
  if (!text.includes("%") || canonical === undefined) return canonical;
  return isLinkLocal(parseAddress(canonical)!) && isInterfaceName(zone) ? `${canonical}%${zone}` : undefined;
}

/** The canonical text of an address, with its zone, or of a network; `undefined` where the text is neither. */
export function canonicalRemote(text: string): string | undefined {
  if (!text.includes("/")) return canonicalZonedAddress(text);
  const network = parsePrefix(text);
  return network && formatPrefix(network);
}

/**
 * Names that Linux allows, up to 15 characters without blank, slash and colon, and of these the ones that need no
 * quotes.
 */
export function isInterfaceName(text: string): boolean {
  return /^[A-Za-z0-9_.@-]{1,15}$/.test(text) && text !== "." && text !== "..";
}
