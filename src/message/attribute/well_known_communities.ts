/** Communities that mean the same everywhere (IANA, bgp-well-known-communities). */
export const WellKnownCommunity = {
  /** RFC 8326. */
  gracefulShutdown: 0xffff0000,
  /** RFC 7611. */
  acceptOwn: 0xffff0001,
  /** RFC 9494. */
  longLivedStale: 0xffff0006,
  noLongLived: 0xffff0007,
  /** RFC 7999. */
  blackhole: 0xffff029a,
  /** RFC 1997. */
  noExport: 0xffffff01,
  noAdvertise: 0xffffff02,
  noExportSubconfed: 0xffffff03,
  /** RFC 3765. */
  noPeer: 0xffffff04,
} as const;
