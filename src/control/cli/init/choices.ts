/** What an operator decides about a new configuration. */

export const roles = ["collector", "route-server", "reflector", "injector", "lab"] as const;
export type Role = typeof roles[number];

/** What bgpd does in a role, for somebody who chooses one. */
export const roleMeanings: Readonly<Record<Role, string>> = {
  "collector": "stores the routes of your routers, and announces none of them",
  "route-server": "passes routes between the members of an exchange",
  "reflector": "passes routes between the routers of your AS",
  "injector": "announces your own routes, such as blackholes",
  "lab": "on loopback, for trials without root",
};

export interface Choices {
  readonly role: Role;
  /** The values are as somebody wrote them: the parser of the configuration checks them. */
  readonly routerId: string;
  readonly asn: string;
  /** Sockets, such as `0.0.0.0:179`. */
  readonly listen: readonly string[];
  readonly database: string;
  readonly passwordFile: string | undefined;
  readonly peers: readonly ChosenPeer[];
}

export interface ChosenPeer {
  readonly address: string;
  readonly asn: string;
  readonly description: string | undefined;
}

/**
 * `"192.0.2.1 65001 our transit"`: address, AS and description, with spaces or commas between them. Without AS it is
 * `asn`. `undefined`: there is no address, or no AS.
 */
export function parsePeer(text: string, asn: string | undefined): ChosenPeer | undefined {
  const [, address, remoteAsn = asn, description] =
    /^\s*([^\s,]+)(?:[\s,]+(?:AS)?([0-9.]+))?(?:[\s,]+(.*?))?\s*$/i.exec(text) ?? [];
  if (address === undefined || remoteAsn === undefined) return undefined;
  return { address, asn: remoteAsn, description: description === "" ? undefined : description };
}

/** A lab needs no right to low ports. `::` would take IPv4, too, but machines without IPv6 do not have it. */
export function defaultListen(role: Role, peers: readonly ChosenPeer[]): string[] {
  if (role === "lab") return ["127.0.0.1:1179"];
  const isV6 = ({ address }: ChosenPeer) => address.includes(":");
  return peers.some(isV6) ? ["0.0.0.0:179", "[::]:179"] : ["0.0.0.0:179"];
}

/** A configuration of the system has its database where systemd lets bgpd write. */
export function defaultDatabase(file: string): string {
  return file.startsWith("/etc/") ? "/var/lib/bgpd/bgpd.db" : "bgpd.db";
}

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

/** Peers of a reflector have our AS. */
export function defaultAsn(role: Role, asn: string): string | undefined {
  return role === "reflector" ? asn : undefined;
}
