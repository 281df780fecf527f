/**
 * Who may change something: on the Unix socket everyone who can open it, which is its owner; over TCP whoever has the
 * token, and without a token nobody.
 */

import { timingSafeEqual } from "node:crypto";

export type Access =
  | { readonly kind: "owner" }
  /** `token` is asked anew each time, as a reload may change it; `undefined`: there is none. */
  | { readonly kind: "token"; readonly token: () => string | undefined };

export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: string;
}

export async function refusal(access: Access, authorization: string | undefined): Promise<Refusal | undefined> {
  if (access.kind === "owner") return undefined;
  const token = access.token();
  if (token === undefined) {
    return {
      status: 403,
      reason: "read-only here: use the Unix socket beside the database, or configure api_token_file",
    };
  }
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (given === undefined) return { status: 401, reason: "this needs the token: Authorization: Bearer TOKEN" };
  return await same(given, token) ? undefined : { status: 403, reason: "this is not the token" };
}

/** Compares digests, so that time tells neither the token nor its length. */
async function same(a: string, b: string): Promise<boolean> {
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return timingSafeEqual(await digest(a), await digest(b));
}
