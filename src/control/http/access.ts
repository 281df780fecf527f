/**
 * Who may change something. On the control socket: everyone who can open it, which is its owner, and the group of
 * `control_group`. On the readers' socket: nobody. Over TCP: everyone who has the token; without a configured token,
 * nobody.
 */

export type Access =
  | { readonly kind: "owner" }
  | { readonly kind: "reader" }
  /** `token` is called for each request, because a reload may change the token; `undefined`: no token is configured. */
  | { readonly kind: "token"; readonly token: () => string | undefined };

export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: string;
}

export async function refusal(access: Access, authorization: string | undefined): Promise<Refusal | undefined> {
  if (access.kind === "owner") return undefined;
  if (access.kind === "reader") {
    return {
      status: 403,
      reason: "you may only read: run this command as root, as the user of bgpd, or as a member of control_group",
    };
  }
  const token = access.token();
  if (token === undefined) {
    return {
      status: 403,
      reason: "this socket is read-only: use the Unix socket beside the database, or configure api_token_file",
    };
  }
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (given === undefined) {
    return { status: 401, reason: "this request needs a token: send the header Authorization: Bearer TOKEN" };
  }
  return await isSame(given, token) ? undefined : { status: 403, reason: "the token is wrong" };
}

/** Compares digests, so that the time of the comparison reveals neither the token nor its length. */
async function isSame(a: string, b: string): Promise<boolean> {
  const digest = async (text: string) =>
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  const [one, other] = [await digest(a), await digest(b)];
  return one.reduce((difference, octet, i) => difference | (octet ^ other[i]!), 0) === 0;
}
