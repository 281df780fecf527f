/** One BGP message as texts, in a form of its own, by which two decoders are compared. */

export interface MessageFacts {
  readonly type: number;
  readonly length: number;
  readonly open?: OpenFacts;
  readonly notification?: string;
  readonly routeRefresh?: string;
  readonly update?: UpdateFacts;
}

export interface OpenFacts {
  readonly version: number;
  readonly asn: number;
  readonly holdTimeSeconds: number;
  readonly routerId: string;
  /** Each once, in order. */
  readonly capabilities: readonly string[];
}

export interface UpdateFacts {
  /** `"10.0.0.0/8"`, with ADD-PATH `"10.0.0.0/8 path 1"`, in order. */
  readonly withdrawn: readonly string[];
  readonly announced: readonly string[];
  /** By name, e.g. `{ med: "0", asPath: "30 {10,20}" }`; `@77` stands for the 8 octets at 77. */
  readonly attributes: Readonly<Record<string, string>>;
  /** `"1/4"`: the AFI and SAFI of MP_REACH_NLRI or MP_UNREACH_NLRI where that is no family of ours. */
  readonly otherFamily?: string;
}
