/** What is wrong, the worst first: the lower part of `bgpd top`. Pure. */

import { printable } from "../../../types/mod.ts";
import { isLasting } from "../show/peer_detail.ts";
import type { Colour } from "../text/table.ts";
import { formatBytes, formatDuration, plural } from "../text/units.ts";
import type { TopData, TopPeer } from "./top_data.ts";

export interface Alert {
  readonly colour: Colour;
  readonly text: string;
}

/** A running daemon writes every five seconds. */
const silentMs = 20_000;
const littleBytes = 1 << 30;
/** Rows that wait to be written: a busy daemon has some thousands. */
const manyRows = 100_000;

/** More peers without a session are one line: the table above has each of them. */
const singlePeers = 4;

export function alertsOf(data: TopData): Alert[] {
  const daemon = daemonAlerts(data);
  return data.isRunning
    ? [...daemon, ...heldAlerts(data), ...limitAlerts(data), ...storeAlerts(data), ...downAlerts(data)]
    : daemon;
}

function daemonAlerts({ isRunning, aliveAt, now }: TopData): Alert[] {
  const ago = aliveAt === undefined ? "" : ` for ${formatDuration(now - aliveAt)}`;
  if (!isRunning) return [{ colour: "red", text: `bgpd is not running${ago}: what is shown is its last state` }];
  if (aliveAt === undefined || now - aliveAt < silentMs) return [];
  return [{ colour: "red", text: `bgpd has not written to the database${ago}: is it locked, or the disk full?` }];
}

function heldAlerts({ peers }: TopData): Alert[] {
  return peers.filter(({ state }) => state === "Held")
    .map((peer) => ({ colour: "red", text: `${peer.peer} is held: ${reasonOf(peer)}` }));
}

function limitAlerts({ nearLimits }: TopData): Alert[] {
  return nearLimits.map(({ peer, family, routes, limit }) => {
    const percent = Math.floor(routes * 100 / limit);
    const text = `${peer} has ${routes} of at most ${limit} routes (${percent} %, ${family})`;
    return { colour: routes >= limit ? "red" : "yellow", text };
  });
}

/** Peers that have no session though they should have one; peers whose routes wait for the database. */
function downAlerts({ peers, now }: TopData): Alert[] {
  const down = peers.filter((peer) => severityOf(peer) === 1);
  const single = down.length > singlePeers ? [] : down;
  const alerts = single.map((peer): Alert => {
    const since = peer.since === null ? "" : ` for ${formatDuration(now - Date.parse(peer.since))}`;
    return { colour: "red", text: `${peer.peer} has no session${since}: ${reasonOf(peer)}` };
  });
  if (down.length > single.length) {
    const names = down.slice(0, singlePeers).map(({ peer }) => peer).join(", ");
    const text = `${down.length} peers have no session: ${names} and ${down.length - singlePeers} more`;
    alerts.push({ colour: "red", text });
  }
  const late = peers.filter(({ lag }) => lag >= manyRows);
  return [
    ...alerts,
    ...late.map(({ peer, lag }): Alert => ({
      colour: "yellow",
      text: `${plural(lag, "route")} of ${peer} are not in the database yet`,
    })),
  ];
}

function storeAlerts({ freeBytes, backlogRows, gaps }: TopData): Alert[] {
  const alerts: Alert[] = [];
  if (freeBytes !== undefined && freeBytes < littleBytes) {
    alerts.push({ colour: "red", text: `the disk of the database has only ${formatBytes(freeBytes)} left` });
  }
  if (backlogRows >= manyRows) {
    alerts.push({ colour: "yellow", text: `${plural(backlogRows, "row")} wait to be written to the database` });
  }
  for (const { from, to, changes, peer } of gaps) {
    const isOff = to.startsWith("9999");
    const whose = peer === null ? "" : ` of ${peer}`;
    const what = changes === 0 ? "an unknown number of changes" : plural(changes, "change");
    alerts.push({
      colour: isOff ? "dim" : "yellow",
      text: isOff
        ? `the history is off since ${from}`
        : `the history${whose} lacks ${what} between ${from.slice(11, 19)} and ${to.slice(11, 19)} UTC`,
    });
  }
  return alerts;
}

function reasonOf({ reason, state }: TopPeer): string {
  return printable(reason ?? `state ${state}`);
}

/** 0: held, 1: no session, 2: late or drained, 3: all is well, 4: disabled. What is wrong comes first. */
export function severityOf({ state, lag, reason }: TopPeer): 0 | 1 | 2 | 3 | 4 {
  if (state === "Held") return 0;
  if (state === "Disabled") return 4;
  if (state !== "Established") return 1;
  return lag >= manyRows || reason?.startsWith("drained") === true ? 2 : 3;
}

/** The state without a daemon is the one of its last moment. */
export function stateText({ state }: TopPeer, isRunning: boolean): string {
  return isRunning || isLasting(state) ? state : `was ${state}`;
}
