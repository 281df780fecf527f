/** The limits of this program, in one place. */
export const limits = {
  /** RFC 4271 §4.1. */
  headerBytes: 19,
  messageBytes: 4096,
  /** RFC 8654 §4. */
  extendedMessageBytes: 65535,
  /** Path attributes of a route of ours, in octets: what is left is for the rest of the largest message there is. */
  originatedBytes: 65_300,
  /** One credit between the main thread and the RIB: a buffer that goes out full and comes back empty. */
  creditBytes: 65536,
  /**
   * A run of messages so short is copied to the RIB: that is cheaper than to hand its buffer over and to get it back.
   */
  copiedBytes: 2048,
  /** Credits a single peer may hold at a time. */
  creditsPerPeer: 4,
  /** Octets of messages that may be on their way from the RIB to a peer's socket. */
  outputBytes: 131_072,
  /** Rows in one batch from the RIB to the store. */
  storeBatchRows: 20_000,
  /**
   * States that ended and wait for the store: at 20,000 changes a second, the time in which a reader holds it up for 50
   * s.
   */
  historyRows: 1_000_000,
  /** Slots in one page of an Adj-RIB-In column. */
  pageSlots: 1024,
  /** Encoded messages of an update group and family that wait for its slower peers. */
  ringBytes: 4_194_304,
} as const;
