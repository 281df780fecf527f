/** What the commands of a program ask of bgpd. `cli/exabgp/` asks the running daemon; tests have their own. */

import type { Neighbor } from "./neighbors.ts";
import type { RouteText } from "./route.ts";

/** A route to announce. */
export interface Announcement {
  readonly route: RouteText;
  /** The name of the only peer that gets the route; `null`: every peer. */
  readonly peer: string | null;
}

/** A row of the table `announcements` that this program announced. */
export interface OwnRow extends Announcement {
  readonly id: number;
}

/** A route that a peer announced, or that was advertised to a peer. */
export interface ShownRoute {
  readonly family: string;
  /** The destination, the next hop and what else identifies the route. */
  readonly text: string;
  /** The path attributes, with a blank before each. */
  readonly attributes: string;
}

/** Each function throws {@link WrongCommand} where bgpd refuses, with its sentence. */
export interface Daemon {
  neighbors(): Promise<readonly Neighbor[]>;
  /** All rows of this program, also those of earlier runs. */
  rows(): Promise<readonly OwnRow[]>;
  /** All or none. Each replaces the row with the same destination and peer; the rows come in the same order. */
  announce(announcements: readonly Announcement[]): Promise<readonly OwnRow[]>;
  withdraw(rows: readonly OwnRow[]): Promise<void>;
  /** Ends the session of a peer with a Cease of this subcode; the session starts again. */
  reset(peer: string, subcode: number): Promise<void>;
  refresh(peer: string, direction: "in" | "out"): Promise<void>;
  reload(): Promise<void>;
  restart(): Promise<void>;
  received(peer: string): AsyncIterable<ShownRoute>;
  advertised(peer: string): AsyncIterable<ShownRoute>;
  /** How many routes went to a peer, and came from it. */
  counts(peer: string): Promise<{ readonly sent: number; readonly received: number; readonly sinceSeconds: number }>;
}
