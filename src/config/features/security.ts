/** What protects the connection to a peer: TCP-MD5 (RFC 2385) and GTSM (RFC 5082). */

import { setting, type SettingTable } from "../keys/key.ts";
import { fault, type Given } from "../keys/table.ts";
import { integer, text } from "../keys/values.ts";
import type { PeerLocation } from "./peer_location.ts";

export interface SecuritySettings {
  readonly passwordFile: string | undefined;
  /** GTSM: how many hops away the peer may be. */
  readonly ttlSecurity: number | undefined;
}

export const securityKeys = {
  password_file: setting({
    type: text,
    doc: "file with the TCP-MD5 key (RFC 2385)",
    example: '"/etc/bgpd/transit-a.key"',
    defaultText: "none",
    sets: { passwordFile: "resets" },
  }),
  ttl_security: setting({
    type: integer(1, 254, "hops"),
    doc: "GTSM: the peer is at most this many hops away (RFC 5082)",
    example: "1",
    defaultText: "off",
    sets: { ttlSecurity: "resets" },
  }),
} as const satisfies SettingTable;

export function readSecurity(
  given: Given<typeof securityKeys>,
  location: PeerLocation | undefined,
): SecuritySettings {
  const { password_file: passwordFile, ttl_security: ttlSecurity } = given.values;
  if (location?.kind === "interface" && passwordFile !== undefined) {
    fault(
      given,
      "password_file",
      "password_file with interface needs remote_ip: the kernel keeps TCP-MD5 keys by address",
    );
  }
  return { passwordFile, ttlSecurity };
}
