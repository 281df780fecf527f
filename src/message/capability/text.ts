/** Capabilities that show people who the sender is. Both are drafts that most speakers implement. */

import { CapabilityCode } from "../code_points.ts";
import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";
import type { CapabilityRow } from "./row.ts";

/** Host and domain name of the sender. Text of a peer: escape it before it reaches a terminal or a page. */
export interface FqdnCapability {
  readonly kind: "fqdn";
  readonly host: string;
  readonly domain: string;
}

/** Name and version of the sender's program. Text of a peer, as above. */
export interface SoftwareVersionCapability {
  readonly kind: "softwareVersion";
  readonly text: string;
}

export const fqdn: CapabilityRow<FqdnCapability> = {
  kind: "fqdn",
  code: CapabilityCode.fqdn,
  name: "FQDN",
  rfc: "draft-walton-bgp-hostname-capability §2",
  repeats: "last",
  decode(value) {
    const host = readText(value);
    const domain = readText(value);
    return host === undefined || domain === undefined ? undefined : { kind: "fqdn", host, domain };
  },
  encode(capability, writer) {
    writeText(writer, capability.host);
    writeText(writer, capability.domain);
  },
};

export const softwareVersion: CapabilityRow<SoftwareVersionCapability> = {
  kind: "softwareVersion",
  code: CapabilityCode.softwareVersion,
  name: "software version",
  rfc: "draft-abraitis-bgp-version-capability §2",
  repeats: "last",
  decode(value) {
    const text = readText(value);
    return text === undefined ? undefined : { kind: "softwareVersion", text };
  },
  encode: (capability, writer) => writeText(writer, capability.text),
};

/** A length of one octet, then UTF-8. */
function readText(value: Reader): string | undefined {
  const octets = value.bytes(value.u8());
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

function writeText(writer: Writer, text: string): void {
  const octets = new TextEncoder().encode(text);
  if (octets.length > 255) throw new RangeError(`text of ${octets.length} octets does not fit a capability`);
  writer.u8(octets.length);
  writer.bytes(octets);
}
