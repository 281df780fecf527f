/** What a word of `export` means for one route. */

import { decodeAttributeSet } from "../../message/mod.ts";
import type { PolicySource } from "../../policy/mod.ts";

/** Our own routes are always exported; `local` adds the routes that our AS originates. */
export function isExported(choice: string, source: PolicySource, wire: Uint8Array): boolean {
  if (source.local || choice === "all") return true;
  return choice === "local" && source.internal && decodeAttributeSet(wire).asPath.length === 0;
}
