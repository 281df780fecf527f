/** The numbers of BGP as IANA registers them (bgp-parameters), and the names of error codes for people. */

/** RFC 4271 §4.1, RFC 2918. */
export const MessageType = {
  open: 1,
  update: 2,
  notification: 3,
  keepalive: 4,
  routeRefresh: 5,
} as const;

/** Path attributes. */
export const AttributeCode = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  multiExitDisc: 4,
  localPref: 5,
  atomicAggregate: 6,
  aggregator: 7,
  communities: 8,
  originatorId: 9,
  clusterList: 10,
  mpReachNlri: 14,
  mpUnreachNlri: 15,
  extendedCommunities: 16,
  as4Path: 17,
  as4Aggregator: 18,
  pmsiTunnel: 22,
  tunnelEncapsulation: 23,
  ipv6ExtendedCommunities: 25,
  aigp: 26,
  linkState: 29,
  largeCommunities: 32,
  bgpsecPath: 33,
  onlyToCustomer: 35,
  prefixSid: 40,
  attrSet: 128,
} as const;

/** Capabilities (RFC 5492). */
export const CapabilityCode = {
  multiprotocol: 1,
  routeRefresh: 2,
  extendedNextHop: 5,
  extendedMessage: 6,
  role: 9,
  gracefulRestart: 64,
  fourOctetAs: 65,
  addPath: 69,
  enhancedRouteRefresh: 70,
  longLivedGracefulRestart: 71,
  fqdn: 73,
  softwareVersion: 75,
} as const;

/** NOTIFICATION error codes. */
export const ErrorCode = {
  messageHeader: 1,
  open: 2,
  update: 3,
  holdTimerExpired: 4,
  finiteStateMachine: 5,
  cease: 6,
  /** RFC 7313 §5. */
  routeRefresh: 7,
  /** RFC 9687 §4. */
  sendHoldTimerExpired: 8,
} as const;

/** Subcodes of Message Header Error (RFC 4271 §6.1). */
export const HeaderError = {
  unspecific: 0,
  connectionNotSynchronized: 1,
  badMessageLength: 2,
  badMessageType: 3,
} as const;

/** Subcodes of OPEN Message Error (RFC 4271 §6.2). */
export const OpenError = {
  unspecific: 0,
  unsupportedVersionNumber: 1,
  badPeerAs: 2,
  badBgpIdentifier: 3,
  unsupportedOptionalParameter: 4,
  authenticationFailure: 5,
  unacceptableHoldTime: 6,
  /** RFC 5492 §5. */
  unsupportedCapability: 7,
  /** RFC 9234 §4.2. */
  roleMismatch: 11,
} as const;

/** Subcodes of UPDATE Message Error (RFC 4271 §6.3). */
export const UpdateError = {
  unspecific: 0,
  malformedAttributeList: 1,
  unrecognizedWellKnownAttribute: 2,
  missingWellKnownAttribute: 3,
  attributeFlagsError: 4,
  attributeLengthError: 5,
  invalidOrigin: 6,
  asRoutingLoop: 7,
  invalidNextHop: 8,
  optionalAttributeError: 9,
  invalidNetworkField: 10,
  malformedAsPath: 11,
} as const;

/** Subcodes of Finite State Machine Error (RFC 6608 §3). */
export const FsmError = {
  unspecific: 0,
  unexpectedInOpenSent: 1,
  unexpectedInOpenConfirm: 2,
  unexpectedInEstablished: 3,
} as const;

/** Subcodes of Cease (RFC 4486 §3). */
export const CeaseCode = {
  unspecific: 0,
  maximumPrefixesReached: 1,
  administrativeShutdown: 2,
  peerDeconfigured: 3,
  administrativeReset: 4,
  connectionRejected: 5,
  otherConfigurationChange: 6,
  connectionCollisionResolution: 7,
  outOfResources: 8,
  /** RFC 8538 §3. */
  hardReset: 9,
  /** RFC 9384 §3. */
  bfdDown: 10,
} as const;

/** Subcodes of ROUTE-REFRESH Message Error (RFC 7313 §5). */
export const RouteRefreshError = {
  invalidMessageLength: 1,
} as const;

interface ErrorNames {
  readonly name: string;
  readonly subcodes: Readonly<Record<number, string>>;
}

const errorNames: Readonly<Record<number, ErrorNames>> = {
  [ErrorCode.messageHeader]: {
    name: "Message Header Error",
    subcodes: {
      [HeaderError.connectionNotSynchronized]: "Connection Not Synchronized",
      [HeaderError.badMessageLength]: "Bad Message Length",
      [HeaderError.badMessageType]: "Bad Message Type",
    },
  },
  [ErrorCode.open]: {
    name: "OPEN Message Error",
    subcodes: {
      [OpenError.unsupportedVersionNumber]: "Unsupported Version Number",
      [OpenError.badPeerAs]: "Bad Peer AS",
      [OpenError.badBgpIdentifier]: "Bad BGP Identifier",
      [OpenError.unsupportedOptionalParameter]: "Unsupported Optional Parameter",
      [OpenError.authenticationFailure]: "Authentication Failure",
      [OpenError.unacceptableHoldTime]: "Unacceptable Hold Time",
      [OpenError.unsupportedCapability]: "Unsupported Capability",
      [OpenError.roleMismatch]: "Role Mismatch",
    },
  },
  [ErrorCode.update]: {
    name: "UPDATE Message Error",
    subcodes: {
      [UpdateError.malformedAttributeList]: "Malformed Attribute List",
      [UpdateError.unrecognizedWellKnownAttribute]: "Unrecognized Well-known Attribute",
      [UpdateError.missingWellKnownAttribute]: "Missing Well-known Attribute",
      [UpdateError.attributeFlagsError]: "Attribute Flags Error",
      [UpdateError.attributeLengthError]: "Attribute Length Error",
      [UpdateError.invalidOrigin]: "Invalid ORIGIN Attribute",
      [UpdateError.asRoutingLoop]: "AS Routing Loop",
      [UpdateError.invalidNextHop]: "Invalid NEXT_HOP Attribute",
      [UpdateError.optionalAttributeError]: "Optional Attribute Error",
      [UpdateError.invalidNetworkField]: "Invalid Network Field",
      [UpdateError.malformedAsPath]: "Malformed AS_PATH",
    },
  },
  [ErrorCode.holdTimerExpired]: { name: "Hold Timer Expired", subcodes: {} },
  [ErrorCode.finiteStateMachine]: {
    name: "Finite State Machine Error",
    subcodes: {
      [FsmError.unexpectedInOpenSent]: "Receive Unexpected Message in OpenSent State",
      [FsmError.unexpectedInOpenConfirm]: "Receive Unexpected Message in OpenConfirm State",
      [FsmError.unexpectedInEstablished]: "Receive Unexpected Message in Established State",
    },
  },
  [ErrorCode.cease]: {
    name: "Cease",
    subcodes: {
      [CeaseCode.maximumPrefixesReached]: "Maximum Number of Prefixes Reached",
      [CeaseCode.administrativeShutdown]: "Administrative Shutdown",
      [CeaseCode.peerDeconfigured]: "Peer De-configured",
      [CeaseCode.administrativeReset]: "Administrative Reset",
      [CeaseCode.connectionRejected]: "Connection Rejected",
      [CeaseCode.otherConfigurationChange]: "Other Configuration Change",
      [CeaseCode.connectionCollisionResolution]: "Connection Collision Resolution",
      [CeaseCode.outOfResources]: "Out of Resources",
      [CeaseCode.hardReset]: "Hard Reset",
      [CeaseCode.bfdDown]: "BFD Down",
    },
  },
  [ErrorCode.routeRefresh]: {
    name: "ROUTE-REFRESH Message Error",
    subcodes: { [RouteRefreshError.invalidMessageLength]: "Invalid Message Length" },
  },
  [ErrorCode.sendHoldTimerExpired]: { name: "Send Hold Timer Expired", subcodes: {} },
};

/** The text of an error: `"Cease / Administrative Shutdown"`, `"Hold Timer Expired"`, `"error 77 / subcode 3"`. */
export function notificationName(code: number, subcode: number): string {
  const names = errorNames[code];
  const name = names?.name ?? `error ${code}`;
  if (subcode === 0) return name;
  return `${name} / ${names?.subcodes[subcode] ?? `subcode ${subcode}`}`;
}
