/** Communities that mean the same everywhere (RFC 1997, 3765, 7999, 8326, 9494). */
export const WellKnown = {
  gracefulShutdown: 0xffff0000,
  longLivedStale: 0xffff0006,
  noLongLived: 0xffff0007,
  blackhole: 0xffff029a,
  noExport: 0xffffff01,
  noAdvertise: 0xffffff02,
  noExportSubconfed: 0xffffff03,
  noPeer: 0xffffff04,
} as const;
