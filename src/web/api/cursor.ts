/** Cursors: opaque to clients, and checked when they come back. */

import { WebError } from "../answers/answer.ts";

type Parts = readonly (number | string)[];

export function writeCursor(parts: Parts): string {
  return new TextEncoder().encode(JSON.stringify(parts)).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Throws {@link WebError} for a text that no answer had. */
export function readCursor(text: string | undefined): Parts | undefined {
  if (text === undefined) return undefined;
  try {
    const octets = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    const parts: unknown = JSON.parse(new TextDecoder().decode(octets));
    if (Array.isArray(parts) && parts.every((part) => typeof part === "number" || typeof part === "string")) {
      return parts;
    }
  } catch {
    // Below.
  }
  throw new WebError(400, "the cursor is malformed: take it from the member next of an answer");
}
