/** The validated configuration: every default filled in, groups applied, text parsed to the values the core works with. */

import type { AttributeSet, RoleName } from "../message/mod.ts";
import type { ExportChoice, ImportChoice, PolicyBook } from "../policy/mod.ts";
import type { Asn, FamilyId, FamilyMask, Prefix } from "../types/mod.ts";
import type { PrefixLimitSettings } from "./features/prefix_limits.ts";
import type { TradeSettings } from "./features/inter_as.ts";

export interface Config {
  /** Our BGP Identifier, where a peer has none of its own. */
  readonly routerId: number;
  /** Of this route reflector (RFC 4456). `undefined`: the router id. */
  readonly clusterId: number | undefined;
  /** `local_as` of peers that name none. */
  readonly defaultAsn: Asn | undefined;
  /** Where to listen. Empty: the file names none, and the command line (or its defaults) decides. */
  readonly bgpSockets: readonly SocketAddress[];
  readonly apiSocket: SocketAddress | undefined;
  readonly apiTokenFile: string | undefined;
  /** Path of the database, relative to the current folder. */
  readonly database: string;
  /** Permission bits of its files. */
  readonly databaseMode: number;
  /** Name or number. */
  readonly databaseGroup: string | undefined;
  /** How long a run that ends goes on writing. */
  readonly stopSeconds: number;
  /** How long states that ended are kept, and how many; `undefined`: none are. */
  readonly history: { readonly days: number; readonly maxMegabytes: number } | undefined;
  readonly pollIntervalSeconds: number;
  /** The longest wait for End-of-RIBs after a restart of this speaker (RFC 4724 §4.1). */
  readonly selectionDeferralSeconds: number;
  /** What happens to routes of an eBGP peer without import policy (RFC 8212). */
  readonly rfc8212: "accept" | "strict";
  /** How many routes are marked as good as the best one, itself among them; 1: none are. */
  readonly multipath: number;
  readonly multipathRelax: boolean;
  /** Routes of this speaker, for every peer whose export allows. */
  readonly staticRoutes: readonly StaticRoute[];
  /** The policies that `import` and `export` of the peers name, and their sets. */
  readonly policies: PolicyBook;
  readonly peers: readonly PeerConfig[];
}

export interface SocketAddress {
  /** Canonical text, e.g. `"::"`. */
  readonly address: string;
  readonly port: number;
}

/** One peer, or a network whose members may connect. `remote_ip` of the last is not known before somebody is there. */
export type PeerConfig =
  | (PeerSettings & { readonly kind: "address"; /** Canonical text, with its zone. */ readonly remoteIp: string })
  | (PeerSettings & { readonly kind: "network"; readonly remoteNetwork: Prefix })
  /** The one neighbour on a link of ours, at whatever link-local address. */
  | (PeerSettings & { readonly kind: "interface"; readonly interface: string });

/** One peer, wherever it is. */
export type SinglePeerConfig = Exclude<PeerConfig, { readonly kind: "network" }>;

/** What stays when a session is lost (RFC 4724, 9494), as part of {@link PeerSettings}. */
export interface GracefulSettings {
  readonly gracefulRestart: "helper" | "full" | "off";
  /** How long we take to come back, as announced. */
  readonly restartSeconds: number;
  readonly staleRoutesSeconds: number;
  /** Families of long-lived graceful restart, and its time, as announced and as allowed to the peer. */
  readonly longLived: FamilyMask;
  readonly longLivedSeconds: number;
}

/** Each field is a key of `[[peers]]`; see `schema.ts` for what it means. */
export interface PeerSettings extends TradeSettings, GracefulSettings, PrefixLimitSettings {
  /** Unique; as the configuration says, or the canonical text of `remote_ip`. What knows a peer over time knows it by this. */
  readonly name: string;
  readonly description: string | undefined;
  /** As the peer names it, several with commas between. */
  readonly group: string | undefined;
  /** All groups whose defaults it has, those of groups too; the nearest first. */
  readonly groups: readonly string[];
  /** `undefined`: any AS is accepted. */
  readonly remoteAsn: Asn | undefined;
  readonly localAsn: Asn;
  /** Canonical text. */
  readonly localIp: string | undefined;
  /** The port to dial. `undefined`: the one of the command line, or 179. */
  readonly port: number | undefined;
  readonly routerId: number;
  readonly enabled: boolean;
  /** Never dial. Always true for a network. */
  readonly passive: boolean;
  /** Never accept a connection. */
  readonly dialOnly: boolean;
  readonly holdTimeSeconds: number;
  readonly sendHoldSeconds: number;
  readonly connectRetrySeconds: number;
  readonly delayOpenSeconds: number;
  readonly passwordFile: string | undefined;
  /** GTSM (RFC 5082): how many hops away the peer may be. */
  readonly ttlSecurity: number | undefined;
  readonly families: readonly FamilyId[];
  readonly addPathReceive: FamilyMask;
  readonly addPathSend: FamilyMask;
  readonly extendedNextHop: FamilyMask;
  readonly enforceFirstAs: boolean;
  /** Routes of the peer that take part in the decision (RFC 8212): `choiceFor` of policy/ says what holds for a family. */
  readonly import: ImportChoice;
  /** Routes announced to the peer, likewise. */
  readonly export: ExportChoice;
  readonly nextHop: "auto" | "self" | "unchanged";
  /** Canonical text: next hop self where the session is over the other family. */
  readonly nextHopIpv4: string | undefined;
  readonly nextHopIpv6: string | undefined;
  readonly routeReflectorClient: boolean;
  readonly routeServerClient: boolean;
  /** The best route or nothing, or the best one of those that may go to the peer (RFC 7947 §2.3.2). */
  readonly exportSelection: "best" | "per-client";
  /** What we are to the peer (RFC 9234); eBGP only. */
  readonly role: RoleName | undefined;
  readonly roleStrict: boolean;
  /** Octets of path attributes that one route of the peer may have; 0: any number. */
  readonly maxAttributeBytes: number;
  /** With ADD-PATH, how many paths of a prefix the peer may have; 0: any number. */
  readonly addPathMaxPaths: number;
  /** With ADD-PATH, the best so many paths; infinite: all. */
  readonly addPathSendMax: number;
  readonly advertisementIntervalSeconds: number;
  /** Of a network: members at a time. */
  readonly maxMembers: number;
  readonly staticRoutes: readonly StaticRoute[];
}

/** A route announced to the peer when its session comes up. Without a next hop in `attributes`: next hop self. */
export interface StaticRoute {
  readonly family: FamilyId;
  readonly prefix: Prefix;
  readonly attributes: AttributeSet;
}
