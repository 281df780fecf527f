/**
 * # message: the BGP wire format, both directions
 *
 * Octets from a peer become values or faults; values become octets. Nothing here throws for octets that a peer sent,
 * nothing reads beyond the message it was given, and nothing knows sessions, routes or sockets. A fault carries the
 * NOTIFICATION to answer with; the session and the RIB decide what follows.
 *
 * | file | what | rules |
 * |---|---|---|
 * | `framer.ts` | the header; a stream of octets → whole messages | RFC 4271 §4.1, §6.1; RFC 8654 |
 * | `open.ts` | OPEN, optional parameters | RFC 4271 §4.2, §6.2; RFC 5492, 6286, 7607, 9072 |
 * | `capability/` | a registry row for each capability | RFC 2918, 4724, 4760, 6793, 7313, 7911, 8538 and others |
 * | `keepalive.ts` | KEEPALIVE | RFC 4271 §4.4 |
 * | `notification.ts` | NOTIFICATION, and its text for people | RFC 4271 §4.5, §6.4; RFC 4486, 8538, 9003 |
 * | `route_refresh.ts` | ROUTE-REFRESH | RFC 2918, 7313 |
 * | `update_context.ts` | what two speakers agreed on, as far as UPDATEs depend on it | |
 * | `update_scanner.ts`, `scanned_attributes.ts` | UPDATE, the hot path | RFC 4271 §4.3, §6.3; RFC 4760, 7606 |
 * | `nlri/` | NLRI of each kind: `prefix.ts`, codecs in `registry.ts` | RFC 4271 §4.3; RFC 4760, 7911, see the codecs |
 * | `update_validation.ts`, `fault.ts` | is a new attribute set valid? once per set | RFC 4271 §6.3, 7606, 7607, 6793 |
 * | `attribute/` | a registry row for each path attribute | one RFC each, see the rows |
 * | `attribute_set.ts`, `two_octet.ts` | attribute sets ⇄ canonical octets; two-octet speakers | RFC 4271 §5, 6793 |
 * | `update_encoder.ts` | routes → UPDATEs, split at the message limit | RFC 4271 §4.3, 4760, 6793, 8654 |
 * | `flow_actions.ts` | what FlowSpec rules do, as text and as extended communities | RFC 8955 §7, RFC 8956 §6 |
 * | `assigned_number.ts` | `65000:1`, the text that RDs and many extended communities share | RFC 4364, 4360, 5668 |
 * | `text.ts`, `community_text.ts` | AS paths, next hops, communities as people write them | |
 * | `ext_community_text.ts` | extended communities as people write them | |
 * | `virtual_network.ts` | labels or numbers of virtual networks | RFC 8365 §5.1.3 |
 * | `pmsi_text.ts`, `prefix_sid_text.ts`, `tunnel_text.ts` | the attributes of these names as people write them | |
 * | `reader.ts`, `writer.ts` | cursors over octets, for everything but the hot path | |
 *
 * Start reading at `framer.ts`, then `open.ts` with one file of `capability/`. `code_points.ts` has every number.
 *
 * What is new goes here:
 * - a path attribute: a file in `attribute/`, a row in `attribute/registry.ts`, a member in `attribute/set.ts`;
 * - a capability: a file in `capability/`, a row and a member of the union in `capability/registry.ts`;
 * - a kind of NLRI: a codec in `nlri/` and its line in `nlri/registry.ts`, its families as rows in
 *   `src/types/family.ts`.
 *
 * @module
 */
export * from "./code_points.ts";
export * from "./reader.ts";
export * from "./writer.ts";
export * from "./framer.ts";
export * from "./notification.ts";
export * from "./capability/registry.ts";
export * from "./capability/families.ts";
export type { WireFamily } from "./capability/row.ts";
export type { AddPathCapability, AddPathFamily } from "./capability/add_path.ts";
export type { ExtendedNextHopCapability, ExtendedNextHopEntry } from "./capability/extended_next_hop.ts";
export type * from "./capability/without_value.ts";
export type { FourOctetAsCapability } from "./capability/four_octet_as.ts";
export type { GracefulRestartCapability, GracefulRestartFamily } from "./capability/graceful_restart.ts";
export type { LongLivedFamily, LongLivedGracefulRestartCapability } from "./capability/long_lived_graceful_restart.ts";
export type { MultiprotocolCapability } from "./capability/multiprotocol.ts";
export { Role, type RoleCapability, type RoleName, roleNames } from "./capability/role.ts";
export type { FqdnCapability, SoftwareVersionCapability } from "./capability/text.ts";
export * from "./open.ts";
export * from "./keepalive.ts";
export * from "./route_refresh.ts";
export * from "./update_context.ts";
export * from "./fault.ts";
export * from "./nlri/prefix.ts";
export type * from "./nlri/codec.ts";
export * from "./nlri/destination.ts";
export { CodecCursor } from "./nlri/cursor.ts";
export { evpnTypeNames } from "./nlri/evpn_text.ts";
export { nlriCodec } from "./nlri/registry.ts";
export { formatRd, parseRd, RD_BYTES, rdForms } from "./nlri/rd.ts";
export { decodeNlriValue, encodeNlriValue, hasEsiAndGateway, isValueOfMac, type NlriValue } from "./nlri/value.ts";
export { rtcTarget } from "./nlri/rtc.ts";
export * from "./attribute_set.ts";
export * from "./attribute/set.ts";
export {
  AttributeFlag,
  nextAttribute,
  OPTIONAL_NON_TRANSITIVE,
  OPTIONAL_TRANSITIVE,
  type RawAttribute,
  rawAttributes,
  valueStart,
  WELL_KNOWN,
  type WireAttribute,
  writeAttributeHeader,
} from "./attribute/header.ts";
export { asPathLength, asSetsRefused, hasAsSets } from "./attribute/as_path.ts";
export { defaultLocalPref } from "./attribute/local_pref.ts";
export type { AttributeRow } from "./attribute/row.ts";
export { WellKnownCommunity } from "./attribute/well_known_communities.ts";
export type { NextHopCheck, SessionEnds } from "./attribute/next_hop.ts";
export { attributeName, attributeRow, attributeRows } from "./attribute/registry.ts";
export { type NlriBlock, UpdateScanner } from "./update_scanner.ts";
export { UpdateEncoder } from "./update_encoder.ts";
export * from "./text.ts";
export * from "./community_text.ts";
export { flowFamilyOf, flowRuleFault, isFlowspec } from "./nlri/flowspec_sense.ts";
export * from "./ext_community_text.ts";
export * from "./pmsi_text.ts";
export * from "./prefix_sid_text.ts";
export * from "./tunnel_text.ts";
export { saysVirtualNetwork } from "./virtual_network.ts";
export {
  type FlowActions,
  formatFlowActions,
  formatIpv6FlowAction,
  isFlowActionType,
  isFlowActionWord,
  parseFlowActions,
} from "./flow_actions.ts";
