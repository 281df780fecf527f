/**
 * Reasons as large communities, which Alice-LG shows as text: why a route is filtered, `AS:65666:NUMBER`, and why one
 * is not exported, `AS:65667:NUMBER`. AS is our own. The numbers stay the same in every run and version: those of
 * `routes.ineligible`, and those of `rib/out/export/withheld_reasons.ts`. A rule of an import policy has a number of
 * its own beside that of "import policy".
 */

import { Ineligible, withheldNumber, withheldNumbers } from "../../rib/mod.ts";

export const filteredFunction = 65666;
export const notExportedFunction = 65667;

/** Numbers below this one are those of `Ineligible`. */
const firstRule = 64;

export type LargeCommunity = readonly [number, number, number];

export function filteredReasons(asn: number, ineligible: number): LargeCommunity[] {
  const numbers = ineligible < firstRule ? [ineligible] : [Ineligible.importPolicy, ineligible];
  return numbers.map((number) => [asn, filteredFunction, number]);
}

/** `reason`: a text of the router. */
export function notExportedReason(asn: number, reason: string | null): LargeCommunity {
  return [asn, notExportedFunction, withheldNumber(reason ?? "")];
}

/** The sections of a configuration of Alice-LG that turn the communities into text. */
export function aliceReasons(asn: number, filtered: ReadonlyMap<number, string>): string {
  const line = (fn: number, number: number, text: string) => `${asn}:${fn}:${number} = ${text}`;
  const rejections = [...filtered].map(([number, text]) => line(filteredFunction, number, text));
  const withheld = withheldNumbers.map(([number, text]) => line(notExportedFunction, number, text));
  const all = ["[rejection_reasons]", ...rejections, "", "[noexport_reasons]", ...withheld, ""];
  return all.join("\n");
}
