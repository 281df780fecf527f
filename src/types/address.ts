/**
 * IP addresses. As a value an address is its canonical text (`"192.0.2.1"`, `"2001:db8::1"`, RFC 5952): comparable with
 * `===`, usable as a key, readable in JSON. On the wire and in tables it is 4 or 16 octets; these functions convert.
 */

/** Parses an IPv4 or IPv6 address to its 4 or 16 octets. A zone (`%eth0`) is not accepted: see `zone.ts`. */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** The canonical text of 4 or 16 octets (RFC 5952 for IPv6). Throws for any other length. */
export function formatAddress(octets: Uint8Array): string {
  if (octets.length === 4) return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
  if (octets.length === 16) return formatIpv6(octets);
  throw new RangeError(`an address has 4 or 16 octets, not ${octets.length}`);
}

/** The canonical text of any spelling of an address; `::ffff:192.0.2.1` becomes `192.0.2.1`. */
export function canonicalAddress(text: string): string | undefined {
  const octets = parseAddress(text);
  if (octets === undefined) return undefined;
  return formatAddress(isMappedIpv4(octets) ? octets.subarray(12) : octets);
}

/** A 32-bit number in network order, as BGP Identifiers, router ids and cluster ids are kept. */
export function parseIpv4Number(text: string): number | undefined {
  const octets = parseIpv4(text);
  return octets === undefined
    ? undefined
    : ((octets[0]! << 24) | (octets[1]! << 16) | (octets[2]! << 8) | octets[3]!) >>> 0;
}

export function formatIpv4Number(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const octets = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = match[i + 1]!;
    const value = Number(part);
    if (value > 255 || (part.length > 1 && part.startsWith("0"))) return undefined;
    octets[i] = value;
  }
  return octets;
}

function parseIpv6(text: string): Uint8Array | undefined {
  let tail: Uint8Array | undefined;
  const dot = text.indexOf(".");
  if (dot !== -1) {
    const colon = text.lastIndexOf(":");
    tail = parseIpv4(text.slice(colon + 1));
    if (tail === undefined) return undefined;
    text = text.slice(0, colon) + (text[colon - 1] === ":" ? ":" : "");
  }
  const wanted = tail === undefined ? 8 : 6;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0]!);
  const rest = halves.length === 2 ? groupsOf(halves[1]!) : [];
  if (head === undefined || rest === undefined) return undefined;
  const missing = wanted - head.length - rest.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...rest];
  const octets = new Uint8Array(16);
  groups.forEach((group, i) => {
    octets[2 * i] = group >> 8;
    octets[2 * i + 1] = group & 255;
  });
  if (tail !== undefined) octets.set(tail, 12);
  return octets;
}

function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  for (const part of text.split(":")) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
    groups.push(parseInt(part, 16));
  }
  return groups;
}

function formatIpv6(octets: Uint8Array): string {
  if (isMappedIpv4(octets)) return `::ffff:${formatAddress(octets.subarray(12))}`;
  // RFC 5952 §4.2: the longest run of at least two zero groups is shortened, the first of equal ones.
  let bestStart = -1, bestLength = 1, start = -1;
  for (let i = 0; i < 8; i++) {
    if (octets[2 * i] !== 0 || octets[2 * i + 1] !== 0) {
      start = -1;
      continue;
    }
    if (start === -1) start = i;
    if (i - start + 1 > bestLength) {
      bestStart = start;
      bestLength = i - start + 1;
    }
  }
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === bestStart) {
      text += "::";
      i += bestLength - 1;
      continue;
    }
    if (text !== "" && !text.endsWith("::")) text += ":";
    text += ((octets[2 * i]! << 8) | octets[2 * i + 1]!).toString(16);
  }
  return text;
}

/** True for an IPv4-mapped address such as `::ffff:192.0.2.1` in the 16 octets from `at` on. */
export function isMappedIpv4(octets: Uint8Array, at = 0): boolean {
  if (octets.length < at + 16 || octets[at + 10] !== 0xff || octets[at + 11] !== 0xff) return false;
  for (let i = 0; i < 10; i++) if (octets[at + i] !== 0) return false;
  return true;
}
