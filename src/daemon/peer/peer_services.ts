/** What a peer needs of the daemon around it. Tests and simulations have their own. */

import type { PeerConfig } from "../../config/mod.ts";
import type { Clock, Connection } from "../../transport/mod.ts";
import type { CreditPool } from "./credits.ts";
import type { Log } from "../log/log.ts";
import type { Post, ToRib, ToStore } from "../thread/messages.ts";
import type { RestartWatch } from "./restart.ts";
import type { Household } from "./strangers.ts";

/** Opens a TCP connection to the peer. Rejects with the reason, also when the signal aborts the attempt. */
export type Dial = (peer: PeerConfig, address: string, signal: AbortSignal) => Promise<Connection>;

export interface PeerServices {
  readonly clock: Clock;
  readonly random: () => number;
  readonly dial: Dial;
  /** The address, with its zone, of the one neighbour on a link; `undefined`: the kernel lists none, or several. */
  readonly neighbourOn?: (link: string) => string | undefined;
  readonly credits: CreditPool;
  readonly toRib: Post<ToRib>;
  readonly toStore: Post<ToStore>;
  readonly log: Log;
  /** Octets that the RIB may send ahead of the socket, where that is not the default. */
  readonly outputBytes?: number | undefined;
  /** How many members of networks may be connected without an accepted OPEN. */
  readonly halfOpenMembers?: number;
  /** The OPEN of this peer was accepted. */
  readonly opened?: (peerId: number) => void;
  /** What the lines depend on that the log has for who is no peer yet. */
  readonly household?: () => Household;
  /** The graceful restart of this daemon; without it, the daemon did not restart. */
  readonly restart?: RestartWatch;
}
