/** What people write in place of a prefix. */

import { formatPrefix, maskPrefix, parseAddress } from "../types/mod.ts";

/** What is wrong with a text that `parsePrefix` does not take, or that has no length. */
export function whyNoPrefix(text: string): string {
  const [address, length] = text.split("/");
  const octets = parseAddress(address ?? "");
  if (octets !== undefined && length === undefined) {
    return `"${text}" has no length; did you mean ${
      formatPrefix({ octets, length: octets.length * 8 })
    }, this address alone?`;
  }
  if (octets === undefined || !/^\d{1,3}$/.test(length ?? "") || Number(length) > octets.length * 8) {
    return `"${text}" is not a prefix`;
  }
  const meant = formatPrefix(maskPrefix(octets, Number(length)));
  return `"${text}" has bits set behind its length; did you mean ${meant}?`;
}
