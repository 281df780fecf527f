/** What a look of an alert at the database found. */

import type { Asn, Millis } from "../../types/mod.ts";

/** Something that is wrong. */
export interface Wrong {
  /** What it is about; one subject is wrong once, however many peers see it. */
  readonly subject: string;
  /** A sentence. */
  readonly text: string;
  /** Since when, by the data of the router; `null`: they do not say. */
  readonly since: Millis | null;
  readonly prefix: string | null;
  /** Who announces it, or which peer it is; {@link mostPeers} at most. */
  readonly peers: readonly string[];
  readonly origin: Asn | null;
  readonly asPath: string | null;
}

/** What a look found, as it goes from thread to thread. */
export interface Found {
  readonly wrong: readonly Wrong[];
  /** Subjects of which nothing is known now; `others`: of all that are not wrong. */
  readonly unknown: readonly string[] | "others";
}

/** So many peers of a subject are named. */
export const mostPeers = 10;
