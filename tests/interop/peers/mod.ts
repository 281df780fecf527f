/** The five daemons, and whether this machine has them. */
import { findProgram } from "../../support/process.ts";
import { Bird } from "./bird.ts";
import { ExaBgp } from "./exabgp.ts";
import { Frr } from "./frr.ts";
import { GoBgp } from "./gobgp.ts";
import { OpenBgpd } from "./openbgpd.ts";
import type { Ability, Peer, PeerOptions } from "./peer.ts";

export * from "./peer.ts";

export interface PeerKind {
  readonly title: string;
  readonly abilities: readonly Ability[];
  /** What stands in its words when Cease / Administrative Shutdown came from the other side. */
  readonly shutdownReceived: RegExp;
  /** False where it does not give the reason that it received. */
  readonly givesReason: boolean;
  /** The programs it takes, by name or path. */
  readonly programs: readonly string[];
  new (options: PeerOptions, folder: string): Peer;
}

export const peerKinds: readonly PeerKind[] = [Bird, Frr, GoBgp, OpenBgpd, ExaBgp];

export const peersRequired = Deno.env.get("BGPD_REQUIRE_PEERS") === "1";

/** What of these programs is not installed; and the rights to run them, where they lack. */
export function missingPrograms(programs: readonly string[]): string[] {
  const missing = programs.filter((program) => findProgram(program) === undefined);
  // OpenBGPD changes its root, captures need a raw socket.
  if (Deno.uid() !== 0) missing.push("the rights of root");
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
