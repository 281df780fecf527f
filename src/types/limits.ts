/** The limits of this program, in one place. */
export const limits = {
  /** RFC 4271 §4.1. */
  headerBytes: 19,
  messageBytes: 4096,
  /** RFC 8654 §4. */
  extendedMessageBytes: 65535,
  /** Path attributes of a route that we originate, in octets: the largest message has room for little more. */
  originatedBytes: 65_300,
  /** One credit between the main thread and the RIB: a buffer that is sent full and returned empty. */
  creditBytes: 65536,
  /**
   * A run of messages up to this length is copied to the RIB: that is cheaper than to transfer its buffer and return
   * it.
   */
  copiedBytes: 2048,
  /** Credits that one peer may hold at the same time. */
  creditsPerPeer: 4,
  /** Octets of messages that may be in transit from the RIB to a peer's socket. */
  outputBytes: 131_072,
  /** Rows in one batch from the RIB to the store. */
  storeBatchRows: 20_000,
  /**
   * History entries that wait for the store: at 20,000 changes a second, a reader may block the store for 50 seconds.
   */
  historyRows: 1_000_000,
  /** Slots in one page of an Adj-RIB-In column. */
  pageSlots: 1024,
  /** Octets of encoded messages that an update group keeps for its slower peers, for each family. */
  ringBytes: 4_194_304,
  /** Octets of messages that the monitor keeps for slower stations and archives. */
  monitorBytes: 33_554_432,
  /** Ids of peers begin here for what routers report by BMP; those of our own peers are lower. */
  firstRouterPeer: 1_000_000,
} as const;
