/** Communities and large communities as people write them; for extended ones see `ext_community_text.ts`. */

import type { LargeCommunity } from "./attribute/set.ts";
import { WellKnownCommunity } from "./attribute/well_known_communities.ts";

/** Their names as IANA registered them. */
const wellKnown: Readonly<Record<string, number>> = {
  "graceful-shutdown": WellKnownCommunity.gracefulShutdown,
  "accept-own": WellKnownCommunity.acceptOwn,
  "llgr-stale": WellKnownCommunity.longLivedStale,
  "no-llgr": WellKnownCommunity.noLongLived,
  "blackhole": WellKnownCommunity.blackhole,
  "no-export": WellKnownCommunity.noExport,
  "no-advertise": WellKnownCommunity.noAdvertise,
  "no-export-subconfed": WellKnownCommunity.noExportSubconfed,
  "no-peer": WellKnownCommunity.noPeer,
};

/** `"65000:99"`, for well-known communities, too: SQL can search for two numbers. */
export function formatCommunity(community: number): string {
  return `${community >>> 16}:${community & 0xffff}`;
}

/** Reads `"65000:99"` and the well-known names (`"no-export"`). */
export function parseCommunity(text: string): number | undefined {
  const parts = numbers(text);
  if (parts === undefined) return Object.hasOwn(wellKnown, text) ? wellKnown[text] : undefined;
  const [high, low] = parts;
  if (parts.length !== 2 || high! > 0xffff || low! > 0xffff) return undefined;
  return high! * 0x10000 + low!;
}

/** `"65000:1:2"`. */
export function formatLargeCommunity([administrator, first, second]: Readonly<LargeCommunity>): string {
  return `${administrator}:${first}:${second}`;
}

export function parseLargeCommunity(text: string): LargeCommunity | undefined {
  const parts = numbers(text);
  return parts?.length === 3 ? [parts[0]!, parts[1]!, parts[2]!] : undefined;
}

/** Decimal numbers of 32 bits between colons. */
function numbers(text: string): number[] | undefined {
  if (!/^\d{1,10}(:\d{1,10})*$/.test(text)) return undefined;
  const parts = text.split(":").map(Number);
  return parts.every((part) => part <= 0xffffffff) ? parts : undefined;
}
