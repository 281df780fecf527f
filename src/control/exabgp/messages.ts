/** What bgpd reports to a program, before an encoder makes text or JSON of it. */

import type { AttributeSet, Open } from "../../message/mod.ts";
import type { Neighbor } from "./neighbors.ts";
import type { NlriWords } from "./nlri.ts";

export type Direction = "receive" | "send";

export interface AnnouncedRoute extends NlriWords {
  /** `undefined`: FlowSpec has none. */
  readonly nextHop: string | undefined;
}

/** Routes of one peer that arrived together. */
export interface Update {
  /** `undefined`: routes are withdrawn only. */
  readonly attributes: AttributeSet | undefined;
  readonly announced: readonly AnnouncedRoute[];
  readonly withdrawn: readonly NlriWords[];
}

export type Message =
  | { readonly kind: "state"; readonly neighbor: Neighbor; readonly state: "connected" | "up" }
  | { readonly kind: "state"; readonly neighbor: Neighbor; readonly state: "down"; readonly reason: string }
  | { readonly kind: "update"; readonly neighbor: Neighbor; readonly update: Update }
  /** End-of-RIB. */
  | {
    readonly kind: "endOfRib";
    readonly neighbor: Neighbor;
    /** In ExaBGP's words. */
    readonly afi: string;
    readonly safi: string;
    readonly code: { readonly afi: number; readonly safi: number };
  }
  | { readonly kind: "open"; readonly neighbor: Neighbor; readonly direction: Direction; readonly open: Open }
  | { readonly kind: "keepalive"; readonly neighbor: Neighbor; readonly direction: Direction }
  | {
    readonly kind: "notification";
    readonly neighbor: Neighbor;
    readonly direction: Direction;
    readonly code: number;
    readonly subcode: number;
    readonly data: Uint8Array;
  }
  | { readonly kind: "negotiated"; readonly neighbor: Neighbor; readonly negotiated: NegotiatedWords }
  | { readonly kind: "fsm"; readonly neighbor: Neighbor; readonly state: string }
  /** The process ends. */
  | { readonly kind: "shutdown" };

/** What both sides agreed on, as far as a message says it. */
export interface NegotiatedWords {
  readonly messageBytes: number;
  readonly holdTimeSeconds: number;
  readonly fourOctetAs: boolean;
  readonly routeRefresh: boolean;
  readonly families: readonly string[];
}

/** Makes the text of messages for a program. `undefined`: the encoder has no form for this message. */
export interface Encoder {
  encode(message: Message): string | undefined;
}
