/** What the RIB has to know of a peer: each feature says its part. */

import type { RibPeer } from "../rib/mod.ts";
import { parseZonedAddress } from "../types/mod.ts";
import type { PeerConfig } from "./schema/settings.ts";
import { advertisementForRib } from "./features/advertisement.ts";
import { asNumbersForRib } from "./features/as_numbers.ts";
import { familiesForRib } from "./features/families.ts";
import { identityForRib } from "./features/identity.ts";
import { importExportForRib } from "./features/import_export.ts";
import { interAsForRib } from "./features/inter_as.ts";
import { limitsForRib } from "./features/limits.ts";
import { rpkiForRib } from "./features/rpki.ts";
import { roleForRib } from "./features/roles.ts";
import { routesForRib } from "./features/static_routes.ts";

/** `address`: of the peer, where it is known before its session is. */
export function ribPeer(id: number, address: string | undefined, peer: PeerConfig): RibPeer {
  return {
    id,
    address: parseZonedAddress(address ?? "::")!,
    name: peer.name,
    ...identityForRib(peer),
    ...asNumbersForRib(peer),
    ...familiesForRib(peer),
    ...importExportForRib(peer),
    ...rpkiForRib(peer),
    ...advertisementForRib(peer),
    ...roleForRib(peer),
    ...interAsForRib(peer),
    ...limitsForRib(peer),
    ...routesForRib(peer),
  };
}
