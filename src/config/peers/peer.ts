/** One peer: its own keys, those of its group, and the defaults; and whether they go together. */

import { families, type FamilyId, type FamilyMask, familyMask, isIpv4, maskHas } from "../../types/mod.ts";
import { readGraceful } from "../features/restarts.ts";
import type { Position, Report } from "../toml/errors.ts";
import type { Inherited, SharedKey } from "./groups.ts";
import { checkPlace, nameOf, readPlace } from "../features/peer_address.ts";
import { readPrefixLimits } from "../features/prefix_limits.ts";
import { peerKeys, type topKeys } from "../schema.ts";
import { readStaticRoutes } from "../features/static_routes.ts";
import type { TableValues, Values } from "../keys/table.ts";
import { type Confederation, localAsnTowards, tradeSettings } from "../features/inter_as.ts";
import type { PeerConfig, PeerSettings } from "../config.ts";
import type { AddPath, ExtendedNextHop } from "../keys/values.ts";

type OwnKeys = TableValues<typeof peerKeys>;
type TopKeys = TableValues<typeof topKeys>;
type PeerValues = Values<typeof peerKeys>;

/** `undefined` where something was reported that leaves no peer to speak of. */
export function validatePeer(
  own: OwnKeys,
  groups: Inherited,
  top: TopKeys,
  confederation: Confederation | undefined,
  report: Report,
): PeerConfig | undefined {
  const values: PeerValues = { ...groups.values, ...own.values };
  // An invalid value was reported where it stands; only a key that stands nowhere is missing.
  const isGiven = (key: SharedKey) => own.has(key) || groups.has(key);
  /** Where a value came from: the peer's own table or a group's. */
  const at = (key: SharedKey): Position => own.has(key) ? own.at(key) : groups.at(key) ?? own.at(key);

  const place = readPlace(own, report);
  if (!isGiven("remote_as") && place?.kind === "address") {
    report.add(own.start, "remote_as is missing: the AS of the peer");
  }
  const { default_as: defaultAsn } = top.values;
  const localAsn = values.local_as ?? localAsnTowards(values.remote_as, confederation, defaultAsn);
  if (!isGiven("local_as") && !top.has("default_as")) {
    report.add(own.start, "our own AS is missing: local_as here, or default_as at the top level");
  }
  checkPlace(own, values, place, at, report);

  const holdTimeSeconds = values.hold_timer ?? peerKeys.hold_timer.default!;
  const sendHold = values.send_hold_timer ?? 0;
  // RFC 9687: a peer that still has time to send its KEEPALIVE is not to be given up.
  if (sendHold > 0 && sendHold <= holdTimeSeconds) {
    report.add(at("send_hold_timer"), `send_hold_timer must be more than hold_timer (${holdTimeSeconds}), or 0`);
  }

  const ids = values.families ?? peerKeys.families.default!;
  const routerId = values.router_id ?? top.values.router_id;
  const extended = extendedNextHopMask(values.extended_next_hop ?? peerKeys.extended_next_hop.default!, ids);
  const addPath = addPathMasks(values.add_path ?? peerKeys.add_path.default!, ids);
  const mask = familyMask(ids);
  checkInside(extended, mask, "extended_next_hop", at("extended_next_hop"), report);
  checkInside(addPath.receive | addPath.send, mask, "add_path", at("add_path"), report);
  checkRole(values, localAsn, at, report);
  if (confederation !== undefined) checkMember(values, confederation, at, report);
  const ends = { families: ids, localAsn, defaultAsn, remoteAsn: values.remote_as, confederation };
  const trade = tradeSettings(values, ends, at, report);
  const graceful = readGraceful(values, ids, at, report);
  checkInside(graceful.longLived, mask, "long_lived_graceful_restart", at("long_lived_graceful_restart"), report);
  const takesAsSets = trade.rejectAsSets === "never";
  const receiver = { families: ids, extendedNextHop: extended, takesAsSets };
  const staticRoutes = readStaticRoutes(values.static_routes ?? [], receiver, report);
  if (place === undefined || localAsn === undefined || routerId === undefined) return undefined;

  // RFC 8212 §2: without a policy that says so, nothing of an external peer is chosen.
  const isStrict = top.values.rfc8212 === "strict";
  const pollIntervalSeconds = top.values.poll_interval ?? 5;
  const settings: PeerSettings = {
    name: nameOf(own, place),
    description: values.description,
    group: own.values.group?.join(", "),
    groups: groups.names,
    remoteAsn: values.remote_as,
    localAsn,
    localIp: values.local_ip,
    port: values.dest_port,
    routerId,
    enabled: values.enabled ?? peerKeys.enabled.default!,
    passive: place.kind === "network" || (values.passive ?? peerKeys.passive.default!),
    dialOnly: values.dial_only ?? peerKeys.dial_only.default!,
    holdTimeSeconds,
    // RFC 9687: the greater of eight minutes and twice the hold time.
    sendHoldSeconds: values.send_hold_timer ?? Math.max(480, 2 * holdTimeSeconds),
    connectRetrySeconds: values.connect_retry ?? pollIntervalSeconds,
    delayOpenSeconds: values.delay_open ?? peerKeys.delay_open.default!,
    passwordFile: values.password_file,
    ttlSecurity: values.ttl_security,
    families: ids,
    addPathReceive: addPath.receive,
    addPathSend: addPath.send,
    extendedNextHop: extended,
    enforceFirstAs: values.enforce_first_as ?? peerKeys.enforce_first_as.default!,
    import: values.import?.choice ?? (isStrict && values.remote_as !== localAsn ? "none" : "all"),
    export: (values.export ?? peerKeys.export.default!).choice,
    nextHop: values.next_hop ?? peerKeys.next_hop.default!,
    nextHopIpv4: values.next_hop_ipv4,
    nextHopIpv6: values.next_hop_ipv6,
    routeReflectorClient: values.route_reflector_client ?? peerKeys.route_reflector_client.default!,
    routeServerClient: values.route_server_client ?? peerKeys.route_server_client.default!,
    exportSelection: values.export_selection ?? (values.route_server_client === true ? "per-client" : "best"),
    role: values.role,
    roleStrict: values.role_strict ?? peerKeys.role_strict.default!,
    maxAttributeBytes: values.max_attribute_bytes ?? peerKeys.max_attribute_bytes.default!,
    addPathMaxPaths: values.add_path_max_paths ?? peerKeys.add_path_max_paths.default!,
    addPathSendMax: values.add_path_send ?? peerKeys.add_path_send.default!,
    advertisementIntervalSeconds: values.min_route_advertisement_interval ??
      peerKeys.min_route_advertisement_interval.default!,
    maxMembers: values.max_members ?? peerKeys.max_members.default!,
    ...graceful,
    ...readPrefixLimits(values, ids),
    staticRoutes,
    ...trade,
  };
  return { ...place, ...settings };
}

/** A reflector serves its own AS, a route server others; roles are of eBGP sessions. */
function checkRole(
  values: PeerValues,
  localAsn: number | undefined,
  at: (key: "route_reflector_client" | "route_server_client" | "role" | "role_strict") => Position,
  report: Report,
): void {
  const { remote_as: remoteAsn } = values;
  if (values.role_strict === true && values.role === undefined) {
    report.add(at("role_strict"), "role_strict needs role: a peer answers the role that we announce");
  }
  if (remoteAsn === undefined || localAsn === undefined) return;
  if (values.route_reflector_client === true && remoteAsn !== localAsn) {
    report.add(
      at("route_reflector_client"),
      `route_reflector_client is for iBGP peers; AS ${remoteAsn} is another one`,
    );
  }
  if (values.route_server_client === true && remoteAsn === localAsn) {
    report.add(at("route_server_client"), `route_server_client is for eBGP peers; AS ${remoteAsn} is our own`);
  }
  if (values.role !== undefined && remoteAsn === localAsn) {
    report.add(at("role"), `role is for eBGP peers; AS ${remoteAsn} is our own`);
  }
}

/** RFC 5065: inside the confederation we are our member AS, and there are neither roles (RFC 9234 §4) nor route servers. */
function checkMember(
  values: PeerValues,
  { memberAsn, members }: Confederation,
  at: (key: "local_as" | "role" | "route_server_client") => Position,
  report: Report,
): void {
  const { remote_as: remoteAsn, local_as: localAsn } = values;
  if (remoteAsn === undefined || (remoteAsn !== memberAsn && !members.includes(remoteAsn))) return;
  if (localAsn !== undefined && localAsn !== memberAsn) {
    report.add(
      at("local_as"),
      `local_as must be ${memberAsn}, our member AS, towards AS ${remoteAsn} of our confederation`,
    );
  }
  if (members.includes(remoteAsn)) {
    for (const key of ["role", "route_server_client"] as const) {
      if (values[key] === undefined || values[key] === false) continue;
      report.add(at(key), `${key} is for eBGP peers; AS ${remoteAsn} is of our confederation`);
    }
  }
}

function extendedNextHopMask(value: ExtendedNextHop, ids: readonly FamilyId[]): FamilyMask {
  if (value.kind === "some") return value.mask;
  return value.enabled ? familyMask(ids.filter(isIpv4)) : 0;
}

function addPathMasks(value: AddPath, ids: readonly FamilyId[]): { receive: FamilyMask; send: FamilyMask } {
  if (value.kind === "some") return value;
  const all = familyMask(ids);
  return {
    receive: value.mode === "receive" || value.mode === "both" ? all : 0,
    send: value.mode === "send" || value.mode === "both" ? all : 0,
  };
}

function checkInside(mask: FamilyMask, offered: FamilyMask, key: string, at: Position, report: Report): void {
  for (const row of families) {
    if (maskHas(mask, row.id) && !maskHas(offered, row.id)) {
      report.add(at, `${key} names "${row.name}", which families does not`);
    }
  }
}
