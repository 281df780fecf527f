/**
 * Capabilities (RFC 5492): what a speaker announces in its OPEN. Each has a file in this folder and a row in the
 * registry below. A new one is a file, a row and a member of the union.
 *
 * A capability that this speaker does not know, or that breaks the rules of its RFC, becomes `unknown` with its octets.
 * It has no effect, and people still see it.
 */

import { addPath, type AddPathCapability } from "./add_path.ts";
import type { CapabilityRow } from "./row.ts";
import { extendedNextHop, type ExtendedNextHopCapability } from "./extended_next_hop.ts";
import {
  enhancedRouteRefresh,
  type EnhancedRouteRefreshCapability,
  extendedMessage,
  type ExtendedMessageCapability,
  routeRefresh,
  type RouteRefreshCapability,
} from "./without_value.ts";
import { fourOctetAs, type FourOctetAsCapability } from "./four_octet_as.ts";
import { gracefulRestart, type GracefulRestartCapability } from "./graceful_restart.ts";
import { longLivedGracefulRestart, type LongLivedGracefulRestartCapability } from "./long_lived_graceful_restart.ts";
import { multiprotocol, type MultiprotocolCapability } from "./multiprotocol.ts";
import { role, type RoleCapability } from "./role.ts";
import { fqdn, type FqdnCapability, softwareVersion, type SoftwareVersionCapability } from "./text.ts";
import { Reader } from "../reader.ts";
import { Writer } from "../writer.ts";

/** A capability this speaker understands. */
export type KnownCapability =
  | MultiprotocolCapability
  | RouteRefreshCapability
  | ExtendedNextHopCapability
  | ExtendedMessageCapability
  | RoleCapability
  | GracefulRestartCapability
  | FourOctetAsCapability
  | AddPathCapability
  | EnhancedRouteRefreshCapability
  | LongLivedGracefulRestartCapability
  | FqdnCapability
  | SoftwareVersionCapability;

/** A capability kept as its octets. */
export interface UnknownCapability {
  readonly kind: "unknown";
  readonly code: number;
  readonly value: Uint8Array;
}

export type Capability = KnownCapability | UnknownCapability;

export const capabilityRegistry: readonly CapabilityRow<KnownCapability>[] = [
  multiprotocol,
  routeRefresh,
  extendedNextHop,
  extendedMessage,
  role,
  gracefulRestart,
  fourOctetAs,
  addPath,
  enhancedRouteRefresh,
  longLivedGracefulRestart,
  fqdn,
  softwareVersion,
];

const byCode = new Map(capabilityRegistry.map((row) => [row.code, row]));
const byKind = new Map(capabilityRegistry.map((row) => [row.kind, row]));

/** Reads the value of a capability; any octets give a capability. */
export function decodeCapability(code: number, value: Uint8Array): Capability {
  const reader = new Reader(value);
  const capability = byCode.get(code)?.decode(reader);
  return capability !== undefined && reader.finished ? capability : { kind: "unknown", code, value: value.slice() };
}

/** Code, length and value. Throws where the value is longer than 255 octets: we choose what we announce. */
export function encodeCapability(capability: Capability): Uint8Array {
  const writer = new Writer();
  writeCapability(capability, writer);
  return writer.finish();
}

export function writeCapability(capability: Capability, writer: Writer): void {
  const start = writer.length;
  writer.u8(capabilityCode(capability));
  writer.u8(0);
  if (capability.kind === "unknown") writer.bytes(capability.value);
  else byKind.get(capability.kind)!.encode(capability, writer);
  const length = writer.length - start - 2;
  if (length > 255) throw new RangeError(`${capabilityName(capability)} capability of ${length} octets`);
  writer.patchU8(start + 1, length);
}

export function capabilityCode(capability: Capability): number {
  return capability.kind === "unknown" ? capability.code : byKind.get(capability.kind)!.code;
}

/** `"graceful restart"`, `"capability 199"`, `"malformed graceful restart"`. */
export function capabilityName(capability: Capability): string {
  if (capability.kind !== "unknown") return byKind.get(capability.kind)!.name;
  const known = byCode.get(capability.code);
  return known === undefined ? `capability ${capability.code}` : `malformed ${known.name}`;
}

/**
 * Merges capabilities that an OPEN repeats: identical ones count once (RFC 5492 §4). Of those whose RFC says so, only
 * the last one counts (RFC 4724 §3, RFC 7911 §4, RFC 9494 §3).
 */
export function mergeRepeats(capabilities: readonly Capability[]): Capability[] {
  const settled = new Map<string, Capability>();
  for (const capability of capabilities) {
    const last = capability.kind !== "unknown" && byKind.get(capability.kind)!.repeats === "last";
    const key = last ? capability.kind : encodeCapability(capability).join();
    settled.set(key, capability);
  }
  return [...settled.values()];
}
