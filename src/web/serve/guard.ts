/**
 * Who may ask what: the checks before a request is answered. A browser that was led here under another name (DNS
 * rebinding) has a Host header that is not ours; a page of another origin reads only what CORS allows.
 */

import type { WebSettings } from "../../config/mod.ts";
import { formatPrefix, isMappedIpv4, maskPrefix, parseAddress } from "../../types/mod.ts";
import type { RateLimit } from "./rate_limit.ts";

export interface Refused {
  readonly status: 400 | 401 | 403 | 405 | 421 | 429;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface GuardOptions {
  readonly settings: WebSettings;
  /** The lines of the access file: tokens, and `user:password`; `undefined`: everyone may read. */
  readonly access: () => ReadonlySet<string> | undefined;
  readonly rate: RateLimit;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

export class Guard {
  readonly #options: GuardOptions;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** `address`: the other end of the connection. `undefined`: the request may be answered. */
  async refusal(request: Request, address: string): Promise<Refused | undefined> {
    const host = request.headers.get("host");
    const wrongHost = this.#wrongHost(host);
    if (wrongHost !== undefined) return refused(421, wrongHost);
    const { method } = request;
    if (!["GET", "HEAD", "OPTIONS"].includes(method)) {
      return refused(405, `${method} is not allowed: this server is only read`, { allow: "GET, HEAD, OPTIONS" });
    }
    const client = networkOf(this.#clientOf(request, address));
    const seconds = this.#options.rate.take(client, this.#options.now());
    if (seconds > 0) {
      return refused(429, `too many requests from ${client}; try again in ${seconds} s`, {
        "retry-after": String(seconds),
      });
    }
    if (request.headers.get("upgrade") !== null && !this.#mayRead(request.headers.get("origin"), host)) {
      return refused(403, "pages of this origin may not connect; see origins in [web]");
    }
    return method === "OPTIONS" ? undefined : await this.#unknown(request);
  }

  /** The headers of CORS for a request; none where its origin may not read. */
  corsHeaders(request: Request): Readonly<Record<string, string>> {
    const origin = request.headers.get("origin");
    const { origins } = this.#options.settings;
    if (origin === null || !this.#mayRead(origin, null)) return {};
    const every = origins.includes("*") && this.#options.access() === undefined;
    return {
      "access-control-allow-origin": every ? "*" : origin,
      "access-control-allow-methods": "GET, HEAD, OPTIONS",
      "access-control-allow-headers": "authorization, x-ris-subscribe, last-event-id",
      "access-control-max-age": "600",
      ...every ? {} : { vary: "origin" },
    };
  }

  #wrongHost(host: string | null): string | undefined {
    if (host === null) return "the request has no Host header";
    const name = host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1").toLowerCase();
    const { hosts } = this.#options.settings;
    if (name === "localhost" || parseAddress(name) !== undefined || hosts.includes("*")) return undefined;
    if (hosts.includes(name)) return undefined;
    return `this server is not ${name.slice(0, 100)}; add the name to hosts in [web]`;
  }

  #mayRead(origin: string | null, host: string | null): boolean {
    if (origin === null) return true;
    const { origins } = this.#options.settings;
    if (origins.includes("*") || origins.includes(origin)) return true;
    return host !== null && URL.canParse(origin) && new URL(origin).host === host;
  }

  #clientOf(request: Request, address: string): string {
    if (!this.#options.settings.proxies.includes(address)) return address;
    // The proxy adds the last address itself; those before are what the client says.
    const named = request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
    return named !== undefined && parseAddress(named) !== undefined ? named : address;
  }

  async #unknown({ headers }: Request): Promise<Refused | undefined> {
    const access = this.#options.access();
    if (access === undefined) return undefined;
    const given = credentialOf(headers.get("authorization") ?? "");
    const ask = { "www-authenticate": 'Basic realm="bgpd", charset="UTF-8"' };
    if (given === undefined) return refused(401, "this server needs a password or a token", ask);
    const wanted = await digest(given);
    // All are compared, so that the time does not tell which one was close.
    let found = false;
    for (const line of access) found = isSame(await digest(line), wanted) || found;
    return found ? undefined : refused(401, "the password or token is wrong", ask);
  }
}

/** A client of IPv6 has a whole /64: with an address for each request, it would have no limit. */
function networkOf(address: string): string {
  const octets = parseAddress(address);
  if (octets?.length !== 16 || isMappedIpv4(octets)) return address;
  return formatPrefix(maskPrefix(octets, 64));
}

function refused(status: Refused["status"], reason: string, headers: Readonly<Record<string, string>> = {}): Refused {
  return { status, reason, headers };
}

function credentialOf(authorization: string): string | undefined {
  const [, scheme = "", value = ""] = /^(\w+) +(\S+)$/.exec(authorization) ?? [];
  if (/^bearer$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return undefined;
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.reduce((difference, octet, i) => difference | (octet ^ b[i]!), 0) === 0;
}
