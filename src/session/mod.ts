/**
 * # session: the state machine of one peer
 *
 * RFC 4271 §8 as a function: `handle(session, event, now)` takes one event and returns effects. It opens no socket,
 * reads no clock and draws no random numbers: time is an argument, and jitter comes from a function given to
 * `createSession`. Tests therefore play every timer and every collision in virtual time, and the shell (src/daemon) has
 * nothing to decide.
 *
 * A session holds all TCP connections of its peer, those we opened and those the peer opened, each with its own state.
 * The peer's state is that of its most advanced connection. Each Established session ends in exactly one `down`,
 * because every connection ends in one function (`end` in `actions.ts`).
 *
 * | file | what |
 * |---|---|
 * | `types.ts` | events, effects, configuration, and what two OPENs agreed on |
 * | `handle.ts` | one event → the connection and state that receive it; timers |
 * | `fsm.ts` | the six states, one function each |
 * | `actions.ts`, `endings.ts` | actions that states share; why a connection ends, and what follows |
 * | `session.ts`, `timers.ts` | the memory of a session; how long each timer runs |
 * | `negotiate.ts`, `roles.ts` | the OPEN we send, the OPEN we accept |
 * | `collision.ts` | which of two connections stays |
 * | `graceful.ts`, `retention.ts` | which routes of a lost session stay, and how long |
 * | `advice.ts` | what to check where there is no session |
 * | `deferral.ts` | after our own restart: whose End-of-RIB the decision process awaits |
 *
 * Start reading at `types.ts`, then `fsm.ts`. A new event is a member of `SessionEvent`, a branch in the states that
 * react to it, and a case in `handle.ts` where it belongs to no connection.
 *
 * RFCs: 4271 §6.2, §6.8, §8, §10; 5492 (capabilities), 6286 (BGP Identifier), 6608 (FSM error subcodes), 7607 (AS 0),
 * 9687 (SendHoldTimer), 4486 (Cease subcodes), 4724, 8538, 9494 (graceful restart), 9234 (roles); and, in negotiation,
 * 2918, 4760, 6793, 7313, 7911, 8654, 8950.
 *
 * @module
 */
export * from "./types.ts";
export { adviceOn, withAdvice } from "./advice.ts";
export { Deferral } from "./deferral.ts";
export { handle } from "./handle.ts";
export { isGraceful } from "./graceful.ts";
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
