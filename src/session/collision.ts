/**
 * Connection collision detection, RFC 4271 §6.8: both speakers dialled at the same time, and two connections exist
 * for one session. Both sides compare the same two BGP Identifiers, so both keep the same connection.
 */

import type { Millis } from "../types/mod.ts";
import type { Open } from "../message/mod.ts";
import type { SessionConfig } from "./types.ts";
import type { PeerConnection, Session } from "./session.ts";

/**
 * The connection an OPEN on `newer` collides with. Only OpenConfirm and Established count: in OpenSent the peer behind
 * a connection has not sent its identifier yet (§6.8 examines OpenSent only where the identifier is known by other
 * means).
 */
export function collidingConnection(session: Session, newer: PeerConnection): PeerConnection | undefined {
  return session.connections.find((other) =>
    other !== newer && (other.state === "OpenConfirm" || other.state === "Established")
  );
}

/** Why an Established session ends when a newer connection of its peer replaces it. */
export const replacedByNewer = "the peer connected anew: its old connection is dead";

/**
 * The OPENs of two colliding connections may arrive in any order within this time. A second OPEN within it therefore
 * does not show that the peer has lost the first connection.
 */
const collisionMs = 5_000;

/** Which of the two connections to close. `remote` is the OPEN that arrived on `newer`. */
export function collisionLoser(
  config: SessionConfig,
  existing: PeerConnection,
  newer: PeerConnection,
  remote: Open,
  now: Millis,
): PeerConnection {
  // §6.8: "a connection collision with an existing BGP connection that is in the Established state causes closing of
  // the newly created connection."
  if (existing.state === "Established") return isRestart(existing, newer, remote, now) ? existing : newer;
  // §6.8: retain the connection initiated by the speaker with the higher-valued BGP Identifier, compared as unsigned.
  const winner = weAreHigher(config, remote) ? "us" : "peer";
  // Identifiers do not decide between two connections that the same side opened; the later one is what that side wants
  // now.
  if (existing.openedBy === newer.openedBy) return existing;
  return existing.openedBy === winner ? newer : existing;
}

/**
 * RFC 4724 §4.2: a speaker that did not notice the end of the old connection "MUST treat the subsequent open connection
 * from the peer as an indication of the termination", where the peer's capability had a family. We wait for the OPEN,
 * although §5 is content with the connection: anyone can connect from a peer's address, and the OPEN says who it is.
 */
function isRestart(existing: PeerConnection, newer: PeerConnection, remote: Open, now: Millis): boolean {
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
