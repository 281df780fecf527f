/** Which EVPN routes need a label. Routers drop or refuse such a route without one. */

import { formatExtCommunity, nlriCodec } from "../../../message/mod.ts";
import { familyByCode } from "../../../types/mod.ts";

const codec = nlriCodec(familyByCode(25, 70)!.id)!;

/** The Ethernet tag of a route that is about the whole Ethernet segment: its label is 0 (RFC 7432 §8.2.1). */
const MAX_ET = 0xffff_ffff;

/**
 * The name of the type of this EVPN route, if routes of the type need a label; `undefined`: this route needs none.
 *
 * - auto-discovery (RFC 7432 §8.4.1), except for a whole Ethernet segment
 * - mac-ip (RFC 7432 §7.2)
 * - ip-prefix (RFC 9136 §3.2), except where an ESI, a gateway or a router's MAC leads to another route with a label
 */
export function typeThatNeedsLabel(
  destination: string,
  leadsOn: boolean,
  extCommunities: readonly Uint8Array[],
): string | undefined {
  const key = codec.parse(destination);
  if ("error" in key) return undefined;
  const name = codec.format(key).split(" ", 1)[0]!;
  const hasMac = () => extCommunities.some((octets) => formatExtCommunity(octets).startsWith("router-mac:"));
  const needs = name === "mac-ip" ||
    name === "auto-discovery" && codec.fields(key).more?.["ethernet_tag"] !== MAX_ET ||
    name === "ip-prefix" && !leadsOn && !hasMac();
  return needs ? name : undefined;
}
