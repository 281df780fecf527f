/**
 * What update groups share: buffers for one flush, and the limit of what each may remember. A route server with a
 * policy for each client has a thousand groups, so that every buffer of a group costs a thousand times.
 */

import { SetOrder } from "./set_order.ts";

/** How many changes one flush takes at most. */
export const flushRows = 8192;

/** How many answers all groups together may remember, and how many a single group may in any case. */
const allAnswers = 1 << 22;
const fewestAnswers = 1 << 14;

export class GroupShare {
  readonly order = new SetOrder();
  /** Of one flush: the changed rows, and what {@link ChangeQueue} notes of them. */
  readonly changed = new Int32Array(flushRows);
  readonly befores = new Int32Array(flushRows);
  // Of one flush: rows, column values, and marks as in Block.readers.
  readonly rows = new Int32Array(2 * flushRows);
  readonly keys = new Int32Array(2 * flushRows);
  readonly marks = new Int32Array(2 * flushRows);
  /** How many groups there are. */
  groups = 0;

  /** How many answers a group may remember. */
  get mostAnswers(): number {
    return Math.max(fewestAnswers, allAnswers / Math.max(1, this.groups));
  }
}
