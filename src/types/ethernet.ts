/** MAC addresses and Ethernet Segment Identifiers (RFC 7432 §5) as text: octets in hexadecimal, with colons between. */

/** `"00:00:5e:00:53:01"`. */
export function formatColonHex(octets: Uint8Array): string {
  return octets.toHex().replace(/..(?=.)/g, "$&:");
}

/** Reads `00:00:5e:00:53:01`, `00-00-5e-00-53-01` and `0000.5e00.5301`. */
export function parseMac(text: string): Uint8Array | undefined {
  if (/^[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4}){2}$/.test(text)) return Uint8Array.fromHex(text.replaceAll(".", ""));
  return parseColonHex(text.replaceAll("-", ":"), 6);
}

/** Reads ten octets with colons between, or `0` where hosts have one attachment only. */
export function parseEsi(text: string): Uint8Array | undefined {
  return text === "0" ? new Uint8Array(10) : parseColonHex(text, 10);
}

function parseColonHex(text: string, count: number): Uint8Array | undefined {
  const parts = text.split(":");
  if (parts.length !== count || !parts.every((part) => /^[0-9a-fA-F]{1,2}$/.test(part))) return undefined;
  return Uint8Array.from(parts, (part) => parseInt(part, 16));
}
