/**
 * Connection collision detection, RFC 4271 §6.8: both speakers dialled at once and two connections carry one session.
 * Both sides look at the same two BGP Identifiers, so both keep the same connection without talking about it.
 */

import type { Open } from "../message/mod.ts";
import type { Millis, SessionConfig } from "./types.ts";
import type { Connection, Session } from "./session.ts";

/**
 * The connection an OPEN on `newer` collides with. Only OpenConfirm and Established count: in OpenSent the peer behind
 * a connection has not said who it is (§6.8 examines OpenSent only where the identifier is known by other means).
 */
export function collidingConnection(session: Session, newer: Connection): Connection | undefined {
  return session.connections.find((other) =>
    other !== newer && (other.state === "OpenConfirm" || other.state === "Established")
  );
}

/** Why an Established session ends that a newer connection of its peer takes the place of. */
export const connectedAnew = "the peer connected anew: its old connection is dead";

/**
 * The two connections of a collision may still be told apart by their OPENs, in any order, for so long: within it a second
 * one is no sign that the peer has lost the first.
 */
const collisionMs = 5_000;

/** Which of the two has to go. `remote` is the OPEN that arrived on `newer`. */
export function collisionLoser(
  config: SessionConfig,
  existing: Connection,
  newer: Connection,
  remote: Open,
  now: Millis,
): Connection {
  // §6.8: "a connection collision with an existing BGP connection that is in the Established state causes closing of
  // the newly created connection."
  if (existing.state === "Established") return isRestart(existing, newer, remote, now) ? existing : newer;
  // §6.8: retain the connection initiated by the speaker with the higher-valued BGP Identifier, compared as unsigned.
  const winner = weAreHigher(config, remote) ? "us" : "peer";
  // Both from the same side cannot be told apart by identifiers; the later one shows what its opener wants now.
  if (existing.openedBy === newer.openedBy) return existing;
  return existing.openedBy === winner ? newer : existing;
}

/**
 * RFC 4724 §4.2: a speaker that did not notice that the old connection is gone "MUST treat the subsequent open connection
 * from the peer as an indication of the termination", where the peer's capability had a family. The OPEN is waited for, and
 * not only the connection as in §5: anyone can connect in a peer's name, and it is the OPEN that says who it is.
 */
function isRestart(existing: Connection, newer: Connection, remote: Open, now: Millis): boolean {
  const terms = existing.negotiated?.graceful;
  if (terms === undefined || terms.families === 0 || newer.openedBy !== "peer") return false;
  const restarted = remote.capabilities.some((each) => each.kind === "gracefulRestart" && each.restarting);
  return restarted || now - existing.establishedAt >= collisionMs;
}

function weAreHigher(config: SessionConfig, remote: Open): boolean {
  if (config.routerId !== remote.routerId) return config.routerId > remote.routerId;
  // RFC 6286 §2.3: identifiers may be equal across AS borders; then the larger AS number decides.
  return config.localAsn > remote.asn;
}
