/** Findings about the configuration and the sockets: what `bgpd check` reports, and who listens. */

import { type Finding, ok, problem, warning } from "../finding.ts";
import { plural } from "../../cli/text/units.ts";

export interface StartFacts {
  readonly config: string;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly peers: number;
}

export function checkConfiguration({ config, errors, warnings, peers }: StartFacts): Finding[] {
  const findings = [
    ...errors.map((text) => splitAdvice("config", "problem", text, `correct it, then try: bgpd check ${config}`)),
    ...warnings.map((text) => splitAdvice("config", "warning", text, `change ${config}, then run: bgpd reload`)),
  ];
  return findings.length > 0 ? findings : [ok("config", `${config}: ${plural(peers, "peer")}, no errors`)];
}

/** The messages of `check` say what to do after a semicolon, if they say it. */
function splitAdvice(area: "config", level: "problem" | "warning", text: string, otherwise: string): Finding {
  const at = text.lastIndexOf("; ");
  const [what, change] = at === -1 ? [text, otherwise] : [text.slice(0, at), text.slice(at + 2)];
  return level === "problem" ? problem(area, what, change) : warning(area, what, change);
}

export interface SocketFacts {
  /** `0.0.0.0:179`, with the key: "bgp_socket 0.0.0.0:179". */
  readonly name: string;
  /** Who listens there; `undefined`: nobody that we know of. */
  readonly holder: string | undefined;
  readonly isFree: boolean;
  /** bgpd runs with this database. */
  readonly isRunning: boolean;
}

/** Sockets that `check` refuses are findings about the configuration already. */
export function checkSockets(sockets: readonly SocketFacts[]): Finding[] {
  return sockets.flatMap(({ name, holder, isFree, isRunning }): Finding[] => {
    if (isFree && !isRunning) return [ok("sockets", `${name} is free`)];
    if (!isFree && isRunning) return [ok("sockets", `${name} is held by ${holder ?? "bgpd"}`)];
    if (!isFree) return [];
    const change = "apply the configuration with bgpd reload, unless bgpd was started with -a or -p";
    return [warning("sockets", `bgpd runs, and nobody listens on ${name}`, change)];
  });
}
