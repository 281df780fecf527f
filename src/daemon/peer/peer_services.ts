/** What a peer needs of the daemon around it; tests and simulations bring their own. */

import type { PeerConfig } from "../../config/mod.ts";
import type { Clock, Connection } from "../../transport/mod.ts";
import type { CreditPool } from "./credits.ts";
import type { Log } from "../log/log.ts";
import type { Post, ToRib, ToStore } from "../thread/messages.ts";
import type { RestartWatch } from "./restart.ts";

/** Opens a TCP connection to the peer; rejects with a reason, also where the signal aborts it. */
export type Dial = (peer: PeerConfig, address: string, signal: AbortSignal) => Promise<Connection>;

/** What the daemon provides to each of its peers. */
export interface PeerServices {
  readonly clock: Clock;
  readonly random: () => number;
  readonly dial: Dial;
  /** Who is alone on a link of ours, as far as the system knows: an address with its zone. */
  readonly neighbourOn?: (link: string) => string | undefined;
  readonly credits: CreditPool;
  readonly toRib: Post<ToRib>;
  readonly toStore: Post<ToStore>;
  readonly log: Log;
  /** Octets that may be on their way to its socket, where that is not as usual. */
  readonly outputBytes?: number | undefined;
  /** Members of networks that may be connected without having said who they are. */
  readonly halfOpenMembers?: number;
  /** The OPEN of the peer was accepted. */
  readonly opened?: (peerId: number) => void;
  /** How this run of the daemon began; without it anew. */
  readonly restart?: RestartWatch;
}
