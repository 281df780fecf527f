/**
 * Connection collision detection, RFC 4271 §6.8: both speakers dialled at once and two connections carry one session.
 * Both sides look at the same two BGP Identifiers, so both keep the same connection without talking about it.
 */

import type { Open } from "../message/mod.ts";
import type { SessionConfig } from "./types.ts";
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

/** Which of the two has to go. `remote` is the OPEN that arrived on `newer`. */
export function collisionLoser(
  config: SessionConfig,
  existing: Connection,
  newer: Connection,
  remote: Open,
): Connection {
  // §6.8: "a connection collision with an existing BGP connection that is in the Established state causes closing of
  // the newly created connection."
  if (existing.state === "Established") return newer;
  // §6.8: retain the connection initiated by the speaker with the higher-valued BGP Identifier, compared as unsigned.
  const winner = weAreHigher(config, remote) ? "us" : "peer";
  // Both from the same side cannot be told apart by identifiers; the later one shows what its opener wants now.
  if (existing.openedBy === newer.openedBy) return existing;
  return existing.openedBy === winner ? newer : existing;
}

function weAreHigher(config: SessionConfig, remote: Open): boolean {
  if (config.routerId !== remote.routerId) return config.routerId > remote.routerId;
  // RFC 6286 §2.3: identifiers may be equal across AS borders; then the larger AS number decides.
  return config.localAsn > remote.asn;
}
