/** Numbers of the RTR protocol: RFC 6810 (version 0), 8210 (version 1), draft-ietf-sidrops-8210bis-27 (version 2). */

export type RtrVersion = 0 | 1 | 2;
export const highestVersion: RtrVersion = 2;

export function isRtrVersion(value: number): value is RtrVersion {
  return value >= 0 && value <= highestVersion;
}

export const PduType = {
  serialNotify: 0,
  serialQuery: 1,
  resetQuery: 2,
  cacheResponse: 3,
  ipv4Prefix: 4,
  ipv6Prefix: 6,
  endOfData: 7,
  cacheReset: 8,
  routerKey: 9,
  errorReport: 10,
  aspa: 11,
} as const;

/** Error codes (8210bis §12). */
export const RtrError = {
  corruptData: 0,
  internalError: 1,
  noDataAvailable: 2,
  invalidRequest: 3,
  unsupportedVersion: 4,
  unsupportedPduType: 5,
  withdrawalOfUnknown: 6,
  duplicateAnnouncement: 7,
  unexpectedVersion: 8,
  aspaProviderList: 9,
  transportFailure: 10,
  ordering: 11,
  cacheRestart: 12,
  cacheShutdown: 13,
} as const;

const pduNames: Readonly<Record<number, string>> = {
  0: "Serial Notify",
  1: "Serial Query",
  2: "Reset Query",
  3: "Cache Response",
  4: "IPv4 Prefix",
  6: "IPv6 Prefix",
  7: "End of Data",
  8: "Cache Reset",
  9: "Router Key",
  10: "Error Report",
  11: "ASPA",
};

const errorNames = [
  "Corrupt Data",
  "Internal Error",
  "No Data Available",
  "Invalid Request",
  "Unsupported Protocol Version",
  "Unsupported PDU Type",
  "Withdrawal of Unknown Record",
  "Duplicate Announcement Received",
  "Unexpected Protocol Version",
  "ASPA Provider List Error",
  "Transport Failure",
  "Ordering Error",
  "Cache Restart",
  "Cache Shutdown",
] as const;

export function pduName(type: number): string {
  return pduNames[type] ?? `PDU of type ${type}`;
}

export function errorName(code: number): string {
  return errorNames[code] ?? `error ${code}`;
}

/** The version has a PDU of this type: Router Key came with version 1, ASPA with version 2. */
export function hasPduType(version: RtrVersion, type: number): boolean {
  if (type === PduType.routerKey) return version >= 1;
  return type === PduType.aspa ? version >= 2 : pduNames[type] !== undefined;
}

/** "implementations MUST send errors only with error codes that were defined by" the version (8210bis §12). */
export function hasErrorCode(version: RtrVersion, code: number): boolean {
  return code <= [RtrError.duplicateAnnouncement, RtrError.unexpectedVersion, RtrError.cacheShutdown][version]!;
}
