/** Errors for a text that is not a prefix. */

import { formatPrefix, maskPrefix, parseAddress } from "../types/mod.ts";

/** Why a text is not a prefix; for a text that `parsePrefix` refuses, or that has no length. */
export function whyNoPrefix(text: string): string {
  const [address, length] = text.split("/");
  const octets = parseAddress(address ?? "");
  if (octets !== undefined && length === undefined) {
    return `"${text}" has no length; did you mean ${
      formatPrefix({ octets, length: octets.length * 8 })
    } for this address alone?`;
  }
  if (octets === undefined || !/^\d{1,3}$/.test(length ?? "") || Number(length) > octets.length * 8) {
    return `"${text}" is not a prefix`;
  }
  const meant = formatPrefix(maskPrefix(octets, Number(length)));
  return `"${text}" has host bits set; did you mean ${meant}?`;
}
