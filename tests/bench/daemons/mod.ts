/** The daemons under test, and whether this machine has them. */
import { findProgram } from "../../support/process.ts";
import { Bgpd } from "./bgpd.ts";
import { Bird } from "./bird.ts";
import type { DaemonKind } from "./daemon.ts";
import { Frr } from "./frr.ts";
import { GoBgp } from "./gobgp.ts";
import { OpenBgpd } from "./openbgpd.ts";

export * from "./daemon.ts";
export { Bgpd } from "./bgpd.ts";

/** By the name on the command line; BIRD first, as what the others are compared with. */
export const daemonKinds: Readonly<Record<string, DaemonKind>> = {
  bird: Bird,
  bgpd: Bgpd,
  openbgpd: OpenBgpd,
  frr: Frr,
  gobgp: GoBgp,
};

export function isInstalled(kind: DaemonKind): boolean {
  // OpenBGPD changes its root.
  return kind.programs.every((program) => findProgram(program) !== undefined) &&
    (kind === Bgpd || Deno.uid() === 0);
}
