/** Findings about peers: which have no session, since when and why, and whether they can be reached. */

import { adviceOn } from "../../../session/mod.ts";
import { formatDuration, plural } from "../../cli/text/units.ts";
import { type Finding, ok, problem, warning } from "../finding.ts";

export interface PeerFacts {
  readonly name: string;
  /** Of the daemon; `undefined`: no daemon answers. */
  readonly state: string | undefined;
  /** How long there has been no session, as far as this run of bgpd knows. */
  readonly sinceMs: number | undefined;
  /** Why there is no session. */
  readonly reason: string | undefined;
  readonly enabled: boolean;
  /** Only the peer opens connections. */
  readonly passive: boolean;
  /** Members of a network: nobody is known to be missing. */
  readonly isNetwork: boolean;
  /** Why the kernel has no route; `undefined`: it has one, or it was not asked. */
  readonly noRoute: string | undefined;
  /**
   * What a connection attempt of ours found; `connected`: none was made, because a program of this machine has a
   * connection or may have one; `undefined`: none was made.
   */
  readonly attempt: { readonly kind: "accepted" | "connected" } | {
    readonly kind: "failed";
    readonly text: string;
  } | undefined;
  /** Sessions that ended in the last hour. */
  readonly endings: number;
}

/** More in an hour is a session that does not stay. */
const manyEndings = 5;
/** A session takes some seconds to come up. */
const patienceMs = 60_000;

export function checkPeers(peers: readonly PeerFacts[]): Finding[] {
  if (peers.length === 0) {
    return [
      warning("peers", "no peers are configured", "add [[peers]], or use: bgpd peer add ADDRESS --remote-as ASN"),
    ];
  }
  const up = peers.filter(({ state }) => state === "Established").length;
  const findings = peers.flatMap(checkPeer);
  if (up > 0) findings.unshift(ok("peers", `${plural(up, "peer")} Established`));
  const disabled = peers.filter(({ enabled, isNetwork }) => !enabled && !isNetwork);
  if (disabled.length > 0) {
    const names = disabled.slice(0, 5).map(({ name }) => name).join(", ") + (disabled.length > 5 ? " …" : "");
    findings.push(ok("peers", `${plural(disabled.length, "peer")} disabled: ${names}`));
  }
  return findings;
}

function checkPeer(peer: PeerFacts): Finding[] {
  const { name, state, enabled, isNetwork, endings, reason } = peer;
  if (!enabled || isNetwork) return [];
  if (state !== "Established") return [checkAbsent(peer)];
  if (endings < manyEndings) return [];
  const text = `${name}: ${endings} sessions ended in the last hour${reason === undefined ? "" : `: ${reason}`}`;
  return [warning("peers", text, `read its events: bgpd show peer ${name}`)];
}

function checkAbsent(peer: PeerFacts): Finding {
  const { name, state, sinceMs, reason, passive, noRoute, attempt } = peer;
  const age = sinceMs === undefined ? "" : ` for ${formatDuration(sinceMs)}`;
  const absent = state === undefined ? name : `${name}: no session${age} (${state})`;
  const found = noRoute !== undefined
    ? `the kernel has no route to it (${noRoute})`
    : attempt?.kind === "failed"
    ? attempt.text
    : undefined;
  if (found !== undefined || reason !== undefined) {
    const text = [reason, isNews(found, reason) ? found : undefined].filter((each) => each !== undefined).join("; ");
    const advice = adviceOn(reason ?? "") ?? adviceOn(found ?? "") ??
      (noRoute === undefined ? `read its events: bgpd show peer ${name}` : "check the link, and ip route get ADDRESS");
    return problem("peers", `${absent}: ${text}`, advice);
  }
  if (attempt?.kind === "connected") {
    const text = `${absent}: a program of this machine has a connection with it, so doctor opens none`;
    return state === undefined ? ok("peers", text) : warning("peers", text, "see which program it is: ss -tnp");
  }
  if (state === undefined) {
    return ok("peers", passive ? `${name} is passive: it connects to us` : `${name} accepts connections`);
  }
  if (passive) {
    const change = "check that the peer connects to our address and that no firewall drops it";
    return warning("peers", `${absent}: it is passive, and has not connected`, change);
  }
  if ((sinceMs ?? 0) < patienceMs) return warning("peers", `${absent}: bgpd is connecting`, "look again in a minute");
  return problem("peers", `${absent}, though it accepts connections`, `read its events: bgpd show peer ${name}`);
}

/** False where the daemon has found the same. */
function isNews(found: string | undefined, reason: string | undefined): boolean {
  if (found === undefined || reason === undefined) return found !== undefined;
  return adviceOn(found) !== adviceOn(reason) && !(/did not answer/.test(found) && /did not answer/.test(reason));
}
