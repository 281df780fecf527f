/** The page: its files, as they are in the binary. */

import type { Asset } from "../answers/assets.ts";

export function pageAssets(): ReadonlyMap<string, Asset> {
  return new Map();
}
