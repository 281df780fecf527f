/** The five daemons, and whether this machine has them. */
import { findProgram } from "../../support/process.ts";
import { Bird } from "./bird.ts";
import { ExaBgp } from "./exabgp.ts";
import { Frr } from "./frr.ts";
import { GoBgp } from "./gobgp.ts";
import { OpenBgpd } from "./openbgpd.ts";
import type { Peer, PeerOptions } from "./peer.ts";

export * from "./peer.ts";

export interface PeerKind {
  readonly title: string;
  /** Each row: the places one needed program may stand at. */
  readonly programs: readonly (readonly string[])[];
  new (options: PeerOptions, folder: string): Peer;
}

export const peerKinds: readonly PeerKind[] = [Bird, Frr, GoBgp, OpenBgpd, ExaBgp];

export const peersRequired = Deno.env.get("BGPD_REQUIRE_PEERS") === "1";

/** The programs of this kind that are not installed. */
export async function missingPrograms(kind: Pick<PeerKind, "programs">): Promise<string[]> {
  const missing: string[] = [];
  for (const places of kind.programs) {
    if (await findProgram(...places) === undefined) missing.push(places.join(" or "));
  }
  return missing;
}

/** Starts a daemon in a folder of its own. Dispose of it to stop it. */
export async function startPeer(kind: PeerKind, options: PeerOptions): Promise<Peer> {
  const folder = await Deno.makeTempDir({ prefix: `peer-${kind.title.toLowerCase()}-` });
  const peer = new kind(options, folder);
  try {
    await peer.start();
  } catch (error) {
    await peer[Symbol.asyncDispose]();
    throw error;
  }
  return peer;
}
