/** RFC 6396 §4, RFC 8050 §4: types and subtypes of MRT records. */

export const MrtType = {
  /** Deprecated (RFC 6396 appendix B.2), in files of before 2001; the next two are the same with IPv6 addresses. */
  bgp: 5,
  bgp4plus: 9,
  bgp4plus01: 10,
  tableDump: 12,
  tableDumpV2: 13,
  bgp4mp: 16,
  bgp4mpEt: 17,
} as const;

export const TableDumpV2 = {
  peerIndexTable: 1,
  ribIpv4Unicast: 2,
  ribIpv4Multicast: 3,
  ribIpv6Unicast: 4,
  ribIpv6Multicast: 5,
  ribGeneric: 6,
  ribIpv4UnicastAddPath: 8,
  ribIpv4MulticastAddPath: 9,
  ribIpv6UnicastAddPath: 10,
  ribIpv6MulticastAddPath: 11,
  ribGenericAddPath: 12,
} as const;

/** Subtypes of {@link MrtType.bgp}. */
export const Bgp = {
  update: 1,
  stateChange: 3,
  open: 5,
  notification: 6,
  keepalive: 7,
} as const;

export const Bgp4mp = {
  stateChange: 0,
  message: 1,
  /** Deprecated (RFC 6396 appendix B.2), still in old files. */
  entry: 2,
  snapshot: 3,
  messageAs4: 4,
  stateChangeAs4: 5,
  messageLocal: 6,
  messageAs4Local: 7,
  messageAddPath: 8,
  messageAs4AddPath: 9,
  messageLocalAddPath: 10,
  messageAs4LocalAddPath: 11,
} as const;
