/**
 * What update groups have in common: room for work that is done in one go, and how much each may remember. A route server with
 * a policy for each client has a thousand groups, and what each of them has of its own counts a thousand times.
 */

import { SetOrder } from "./set_order.ts";

/** Changes that are advertised in one go. */
export const flushRows = 8192;

/** Answers that all groups together may remember, and the least of one. */
const allAnswers = 1 << 22;
const fewestAnswers = 1 << 14;

export class GroupShare {
  readonly order = new SetOrder();
  // Of one flush: rows, column values, marks as in Block.readers.
  readonly rows = new Int32Array(2 * flushRows);
  readonly keys = new Int32Array(2 * flushRows);
  readonly marks = new Int32Array(2 * flushRows);
  /** Groups that there are. */
  groups = 0;

  /** How many answers a group may remember. */
  get mostAnswers(): number {
    return Math.max(fewestAnswers, allAnswers / Math.max(1, this.groups));
  }
}
