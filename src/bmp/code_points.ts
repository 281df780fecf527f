/** Numbers of BMP: RFC 7854, 8671 (Adj-RIB-Out), 9069 (Loc-RIB), 9736 (information in Peer Up). */

export const bmpVersion = 3;

/** Version 4 is a draft (draft-ietf-grow-bmp-tlv): a station reads it, and nothing here sends it. */
export const bmpDraftVersion = 4;

export const BmpType = {
  routeMonitoring: 0,
  statistics: 1,
  peerDown: 2,
  peerUp: 3,
  initiation: 4,
  termination: 5,
  routeMirroring: 6,
} as const;

/** What kind of peer a message is about (RFC 7854 §4.2, RFC 9069 §4.1). */
export const BmpPeerType = { global: 0, rd: 1, local: 2, locRib: 3 } as const;

/** Flags of the per-peer header. Those of a Loc-RIB have a meaning of their own: the first one is "filtered". */
export const BmpPeerFlag = {
  ipv6: 0x80,
  postPolicy: 0x40,
  twoOctetAsPath: 0x20,
  adjRibOut: 0x10,
  filtered: 0x80,
} as const;

/** Types of the TLVs in Initiation, Peer Up and Peer Down (RFC 7854 §4.4, RFC 9069 §5.2.1, RFC 9736 §3). */
export const BmpInfo = { text: 0, sysDescr: 1, sysName: 2, vrfName: 3, adminLabel: 4 } as const;

/** Types of the TLVs in Termination (RFC 7854 §4.5). */
export const BmpTerminationInfo = { text: 0, reason: 1 } as const;

/** Reasons of Termination (RFC 7854 §4.5). */
export const BmpTerminationReason = { closed: 0 } as const;

/** Reasons of Peer Down (RFC 7854 §4.9, RFC 9069 §5.3). */
export const BmpDownReason = {
  localNotification: 1,
  localEvent: 2,
  remoteNotification: 3,
  remoteClosed: 4,
  deconfigured: 5,
  localSystem: 6,
} as const;

/** The TLV that holds the statistics in version 4. */
export const bmpStatisticsTlv = 1;

/** Types of the TLVs in Route Mirroring (RFC 7854 §4.7). */
export const BmpMirror = { message: 0, information: 1 } as const;
