/** Whether the label fields of a route hold MPLS labels or numbers of virtual networks. */

import { readUint16 } from "../types/mod.ts";

const ENCAPSULATION = 0x030c;
/** Routers that route between such networks name their MAC address (RFC 9135 §4). */
const ROUTER_MAC = 0x0603;
/** VXLAN, NVGRE, VXLAN-GPE, Geneve (RFC 9012): their networks have numbers of 24 bits. */
const tunnels: readonly number[] = [8, 9, 12, 19];

/**
 * True for the extended community at `at` where it says that the label fields of its route are numbers of virtual
 * networks and no MPLS labels (RFC 8365 §5.1.3).
 */
export function saysVirtualNetwork(octets: Uint8Array, at = 0): boolean {
  const type = readUint16(octets, at);
  return type === ROUTER_MAC || type === ENCAPSULATION && tunnels.includes(readUint16(octets, at + 6));
}
