/** What RPKI data would say of a route: those of a file, or those that count now. */

import { AttributeCode, nextAttribute, valueStart } from "../../message/mod.ts";
import { Avs, ovsFrom, readRpkiFile, routeOrigin, validityOf, type VrpTables } from "../../rpki/mod.ts";
import type { Asn, Prefix } from "../../types/mod.ts";

/** Reads the VRPs of a file. `error`: what is wrong with the file, and where. */
export function vrpsOfFile(text: string, nowSeconds: number): { value: VrpTables } | { error: string } {
  const read = readRpkiFile(text, nowSeconds);
  if (!("error" in read)) return { value: read.value.vrps };
  const { line, column, message } = read.error;
  return { error: `${line}:${column}: ${message}` };
}

/** The validity of a route by VRPs alone. `localAsn`: the origin of an empty path. */
export function validityBy(vrps: VrpTables, prefix: Prefix, wire: Uint8Array, localAsn: Asn): number {
  let origin = localAsn;
  for (let at = 0; at < wire.length; at = nextAttribute(wire, at)) {
    if (wire[at + 1] !== AttributeCode.asPath) continue;
    origin = routeOrigin(wire, valueStart(wire, at), nextAttribute(wire, at), localAsn);
  }
  return validityOf(ovsFrom(vrps.validate(prefix, origin)), Avs.none);
}
