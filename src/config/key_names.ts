/** What people call a field of the configuration: its key in the file. */

import type { Config, PeerSettings } from "./config.ts";

/** Fields whose key is another word; all others differ in spelling only. */
const otherNames: Readonly<Record<string, string>> = {
  remoteAsn: "remote_as",
  localAsn: "local_as",
  defaultAsn: "default_as",
  groups: "group",
  port: "dest_port",
  holdTimeSeconds: "hold_timer",
  sendHoldSeconds: "send_hold_timer",
  connectRetrySeconds: "connect_retry",
  delayOpenSeconds: "delay_open",
  pollIntervalSeconds: "poll_interval",
  addPathReceive: "add_path",
  addPathSend: "add_path",
  addPathSendMax: "add_path_send",
  advertisementIntervalSeconds: "min_route_advertisement_interval",
  bgpSockets: "bgp_socket",
  confederation: "confederation_id",
  realAsn: "local_as",
  maxPrefixesWarningPercent: "max_prefixes_warning",
  maxPrefixesRestartMinutes: "max_prefixes_restart",
  restartSeconds: "restart_time",
  staleRoutesSeconds: "stale_routes_time",
  longLived: "long_lived_graceful_restart",
  longLivedSeconds: "llgr_stale_time",
  stopSeconds: "stop_timeout",
  selectionDeferralSeconds: "selection_deferral_time",
};

/** `"holdTimeSeconds"` → `"hold_timer"`. */
export function keyName(field: keyof PeerSettings | keyof Config): string {
  return otherNames[field] ?? field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
