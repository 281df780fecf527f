/**
 * # session: the state machine of one peer
 *
 * RFC 4271 §8 as a function: `handle(session, event, now)` takes one event and gives back effects. It opens no socket, reads
 * no clock and draws no lots: time is an argument, jitter comes from a function handed to `createSession`. So every timer
 * and every collision can be tested in virtual time, and the shell (src/daemon) has nothing to decide.
 *
 * A session holds all TCP connections of its peer, ours and theirs, each with its own state; the peer's state is that of
 * the most advanced one. A session that is up ends in exactly one `down`, because there is one way out.
 *
 * Start reading at `types.ts` (the words), then `fsm.ts` (six states, six functions). `actions.ts` holds what states do in
 * common, `session.ts` the memory, `timers.ts` the durations, `negotiate.ts` what two OPENs agree on, `collision.ts` which of
 * two connections stays, `graceful.ts` and `retention.ts` what of a lost session stays and how long,
 * `deferral.ts` what is waited for after a restart of our own, `roles.ts` who is whose provider.
 *
 * RFCs: 4271 §6.2, §6.8, §8, §10; 5492 (capabilities), 6286 (BGP Identifier), 6608 (FSM error subcodes), 7607 (AS 0),
 * 9687 (SendHoldTimer), 4486 (Cease subcodes), 4724, 8538, 9494 (graceful restart), 9234 (roles); and, in negotiation, 2918,
 * 4760, 6793, 7313, 7911, 8654, 8950.
 *
 * @module
 */
export * from "./types.ts";
export { Deferral } from "./deferral.ts";
export { handle } from "./fsm.ts";
export { type GracefulTerms, isGraceful, type LongLivedTerms } from "./graceful.ts";
export { localOpen, negotiate, type Negotiation } from "./negotiate.ts";
export { Retention, type RetentionAction, type RetentionPolicy } from "./retention.ts";
export {
  connectionState,
  createSession,
  nextDeadline,
  type RunningTimers,
  type Session,
  state,
  timersOf,
} from "./session.ts";
