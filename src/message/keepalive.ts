/** KEEPALIVE (RFC 4271 §4.4): a header only. */

import { MessageType } from "./code_points.ts";
import { limits } from "../types/mod.ts";

/** The KEEPALIVE that all senders share: do not write to it. */
export const keepaliveMessage: Uint8Array = (() => {
  const bytes = new Uint8Array(limits.headerBytes).fill(0xff, 0, 16);
  bytes[17] = limits.headerBytes;
  bytes[18] = MessageType.keepalive;
  return bytes;
})();
