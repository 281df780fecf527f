/**
 * RFC 4271 §8.2.2 as a whole: six states times the events of §8.1 (and event 29 of RFC 9687). The type of the table
 * demands a cell for each pair, so that no pair can be missing. The test plays every cell.
 */

import assert from "node:assert/strict";
import { connectionState, type RunningTimers, type State, state as stateOf, timersOf } from "../../src/session/mod.ts";
import { type Player, playText } from "./player.ts";

const events = {
  1: "ManualStart",
  2: "ManualStop",
  3: "AutomaticStart",
  4: "ManualStart_with_PassiveTcpEstablishment",
  5: "AutomaticStart_with_PassiveTcpEstablishment",
  6: "AutomaticStart_with_DampPeerOscillations",
  7: "AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment",
  8: "AutomaticStop",
  9: "ConnectRetryTimer_Expires",
  10: "HoldTimer_Expires",
  11: "KeepaliveTimer_Expires",
  12: "DelayOpenTimer_Expires",
  13: "IdleHoldTimer_Expires",
  14: "TcpConnection_Valid",
  15: "Tcp_CR_Invalid",
  16: "Tcp_CR_Acked",
  17: "TcpConnectionConfirmed",
  18: "TcpConnectionFails",
  19: "BGPOpen",
  20: "BGPOpen with DelayOpenTimer running",
  21: "BGPHeaderErr",
  22: "BGPOpenMsgErr",
  23: "OpenCollisionDump",
  24: "NotifMsgVerErr",
  25: "NotifMsg",
  26: "KeepAliveMsg",
  27: "UpdateMsg",
  28: "UpdateMsgErr",
  29: "SendHoldTimer_Expires",
} as const;

type EventNumber = keyof typeof events;
type Cell =
  /** Lines of a scenario, the state checked between `before` and `then`. `of`: the connection that is in the state. */
  | { kind: "plays"; before: string; then: string; of: string | undefined }
  /** The timer does not run in this state, so it cannot expire. */
  | { kind: "absent"; before: string; timer: keyof RunningTimers }
  /** Decided before a session hears of it. */
  | { kind: "outside"; reason: string };

const plays = (then: string, before?: string, of?: string): Cell => ({ kind: "plays", before: before ?? "", then, of });
const absent = (timer: keyof RunningTimers, before = ""): Cell => ({ kind: "absent", before, timer });
const outside = (reason: string): Cell => ({ kind: "outside", reason });

const ignored = (event: string) => plays(`${event}\nexpect nothing`);
const valid = outside("a SYN: the kernel's; a session hears of the connection when it is complete (16, 17)");
const invalid = outside("a stranger's connection: refused by the listener, no session sees it");

// How to be in Connect or Active with a connection: only the DelayOpenTimer holds one there.
const delayed = {
  Connect: "config delay open 5\nstart\nexpect connect, state Connect\nconnected A",
  Active: "config delay open 5, passive yes\nstart\nexpect state Active\naccepted A",
};
const passive = (state: State) => `config passive yes\ngiven ${state} A`;

const startsIgnored = (state: State) => ({
  1: ignored("start"),
  3: ignored("start automatic"),
  4: plays("start\nexpect nothing", passive(state)),
  5: plays("start automatic\nexpect nothing", passive(state)),
  6: ignored("start automatic"),
  7: plays("start automatic\nexpect nothing", passive(state)),
});

const connectAndActive = (state: "Connect" | "Active") => {
  const drops = (event: string) =>
    plays(`${event}\nexpect close A, state Idle\nat 5s expect ${restart}`, delayed[state]);
  const restart = state === "Connect" ? "connect, state Connect" : "state Active";
  return {
    10: absent("hold", delayed[state]),
    11: absent("keepalive", delayed[state]),
    12: plays("at 5s expect OPEN A, state OpenSent", delayed[state]),
    13: absent("idleHold"),
    14: valid,
    15: invalid,
    19: ignored("open A"),
    20: plays("open A\nexpect OPEN A, KEEPALIVE A, state OpenConfirm", delayed[state]),
    21: drops("fault A 1/1"),
    22: drops("fault A 2/0"),
    23: outside("an OPEN ends this state (20) before collisions are looked for"),
    24: drops("notification A 2/1"),
    25: drops("notification A 6/5"),
    26: drops("keepalive A"),
    27: drops("update A"),
    28: drops("fault A 3/1"),
    29: absent("sendHold", delayed[state]),
  };
};

const matrix: Record<State, Record<EventNumber, Cell>> = {
  Idle: {
    1: plays("start\nexpect connect, state Connect"),
    2: ignored("stop"),
    3: plays("start automatic\nexpect connect, state Connect"),
    4: plays("start\nexpect state Active", "config passive yes"),
    5: plays("start automatic\nexpect state Active", "config passive yes"),
    6: plays(
      "start automatic\nexpect nothing",
      "given Established A\nnotification A 6/2\nexpect close A, down received 6/2, state Idle",
    ),
    7: plays(
      "start automatic\nexpect nothing",
      "config passive yes\ngiven Established A\nclosed A\nexpect close A, down connection lost, state Idle",
    ),
    8: ignored("stop 6/1"),
    9: absent("connectRetry", "given Established A\nclosed A\nexpect close A, down connection lost, state Idle"),
    10: absent("hold"),
    11: absent("keepalive"),
    12: absent("delayOpen"),
    13: plays(
      "at 5s expect connect, state Connect",
      "given Established A\nclosed A\nexpect close A, down connection lost, state Idle",
    ),
    14: valid,
    15: invalid,
    16: plays("connected A\nexpect close A"),
    17: plays("accepted A\nexpect NOTIFICATION 6/5 A, close A"),
    18: plays("connect failed\nclosed A\nexpect nothing"),
    19: ignored("open A"),
    20: ignored("open A"),
    21: ignored("fault A 1/1"),
    22: ignored("fault A 2/0"),
    23: outside("there are no connections in Idle"),
    24: ignored("notification A 2/1"),
    25: ignored("notification A 6/5"),
    26: ignored("keepalive A"),
    27: ignored("update A"),
    28: ignored("fault A 3/1"),
    29: absent("sendHold"),
  },
  Connect: {
    ...connectAndActive("Connect"),
    1: ignored("start"),
    2: plays("stop\nexpect cancel connect, state Idle"),
    3: ignored("start automatic"),
    4: outside("passive sessions do not dial"),
    5: outside("passive sessions do not dial"),
    6: ignored("start automatic"),
    7: outside("passive sessions do not dial"),
    8: plays("stop 6/1\nexpect close A, state Idle", delayed.Connect),
    9: plays("at 120s expect unanswered, cancel connect, connect"),
    16: plays("connected A\nexpect OPEN A, state OpenSent"),
    17: plays("accepted A\nexpect OPEN A, state OpenSent"),
    18: plays("closed A\nexpect close A, state Active\nat 120s expect connect, state Connect", delayed.Connect),
  },
  Active: {
    ...connectAndActive("Active"),
    ...startsIgnored("Active"),
    2: plays("stop\nexpect state Idle"),
    8: plays("stop 6/1\nexpect close A, state Idle", delayed.Active),
    9: plays("at 120s expect connect, state Connect"),
    16: plays("connected A\nexpect close A"),
    17: plays("accepted A\nexpect OPEN A, state OpenSent"),
    18: plays("closed A\nexpect close A, state Idle", delayed.Active),
  },
  OpenSent: {
    ...startsIgnored("OpenSent"),
    2: plays("stop\nexpect NOTIFICATION 6/2 A, close A, state Idle"),
    8: plays("stop 6/1\nexpect NOTIFICATION 6/1 A, close A, state Idle"),
    9: absent("connectRetry"),
    10: plays("at 240s expect NOTIFICATION 4/0 A, close A, state Idle"),
    11: absent("keepalive"),
    12: absent("delayOpen"),
    13: absent("idleHold"),
    14: valid,
    15: invalid,
    16: plays("connected A\nexpect OPEN A", "given Connect\naccepted B\nexpect OPEN B, state OpenSent"),
    17: plays("accepted B\nexpect OPEN B"),
    18: plays("closed A\nexpect close A, state Active\nat 120s expect connect, state Connect"),
    19: plays("open A\nexpect KEEPALIVE A, state OpenConfirm"),
    20: absent("delayOpen"),
    21: plays("fault A 1/1\nexpect NOTIFICATION 1/1 A, close A, state Idle"),
    22: plays("fault A 2/0\nexpect NOTIFICATION 2/0 A, close A, state Idle"),
    23: plays(
      "open B\nexpect NOTIFICATION 6/7 B, close B",
      "config id 10.0.0.9\ngiven OpenConfirm A\naccepted B\nexpect OPEN B",
      "B",
    ),
    24: plays("notification A 2/1\nexpect close A, state Idle"),
    25: plays("notification A 6/5\nexpect close A, state Idle"),
    26: plays("keepalive A\nexpect NOTIFICATION 5/1 A, close A, state Idle"),
    27: plays("update A\nexpect NOTIFICATION 5/1 A, close A, state Idle"),
    28: plays("fault A 3/1\nexpect NOTIFICATION 5/1 A, close A, state Idle"),
    29: absent("sendHold"),
  },
  OpenConfirm: {
    ...startsIgnored("OpenConfirm"),
    2: plays("stop\nexpect NOTIFICATION 6/2 A, close A, state Idle"),
    8: plays("stop 6/1\nexpect NOTIFICATION 6/1 A, close A, state Idle"),
    9: absent("connectRetry"),
    10: plays("ignore KEEPALIVE\nat 90s expect NOTIFICATION 4/0 A, close A, state Idle"),
    11: plays("at 30s expect KEEPALIVE A\nat 60s expect KEEPALIVE A"),
    12: absent("delayOpen"),
    13: absent("idleHold"),
    14: valid,
    15: invalid,
    16: plays(
      "connected A\nexpect OPEN A",
      "given Connect\naccepted B\nexpect OPEN B, state OpenSent\nopen B\nexpect KEEPALIVE B, state OpenConfirm",
    ),
    17: plays("accepted B\nexpect OPEN B"),
    18: plays("closed A\nexpect close A, state Idle"),
    19: plays("open A\nexpect NOTIFICATION 5/2 A, close A, state Idle"),
    20: absent("delayOpen"),
    21: plays("fault A 1/1\nexpect NOTIFICATION 1/1 A, close A, state Idle"),
    22: plays("fault A 2/0\nexpect NOTIFICATION 2/0 A, close A, state Idle"),
    23: plays(
      "open B\nexpect NOTIFICATION 6/7 A, close A, KEEPALIVE B",
      "given OpenConfirm A\naccepted B\nexpect OPEN B",
    ),
    24: plays("notification A 2/1\nexpect close A, state Idle"),
    25: plays("notification A 6/5\nexpect close A, state Idle"),
    26: plays("keepalive A\nexpect established A, state Established"),
    27: plays("update A\nexpect NOTIFICATION 5/2 A, close A, state Idle"),
    28: plays("fault A 3/1\nexpect NOTIFICATION 5/2 A, close A, state Idle"),
    29: plays(
      "ignore KEEPALIVE\nat 100s expect NOTIFICATION 8/0 A, close A, state Idle",
      "config send hold 100\ngiven OpenConfirm A\nat 20s pending A\nexpect nothing",
    ),
  },
  Established: {
    ...startsIgnored("Established"),
    2: plays("stop\nexpect NOTIFICATION 6/2 A, close A, down sent 6/2, state Idle"),
    8: plays("stop 6/1\nexpect NOTIFICATION 6/1 A, close A, down sent 6/1, state Idle"),
    9: absent("connectRetry"),
    10: plays("ignore KEEPALIVE\nat 90s expect NOTIFICATION 4/0 A, close A, down hold timer, state Idle"),
    11: plays("at 30s expect KEEPALIVE A\nat 60s expect KEEPALIVE A"),
    12: absent("delayOpen"),
    13: absent("idleHold"),
    14: valid,
    15: invalid,
    16: plays("connected B\nexpect close B"),
    17: plays("accepted B\nexpect OPEN B"),
    18: plays("closed A\nexpect close A, down connection lost, state Idle"),
    19: plays("open A\nexpect NOTIFICATION 5/3 A, close A, down sent 5/3, state Idle"),
    20: absent("delayOpen"),
    21: plays("fault A 1/1\nexpect NOTIFICATION 1/1 A, close A, down sent 1/1, state Idle"),
    22: plays("fault A 2/0\nexpect NOTIFICATION 5/3 A, close A, down sent 5/3, state Idle"),
    // CollisionDetectEstablishedState is off: the dump always meets the other connection.
    23: plays("open B\nexpect NOTIFICATION 6/7 B, close B", "given Established A\naccepted B\nexpect OPEN B"),
    24: plays("notification A 2/1\nexpect close A, down received 2/1, state Idle"),
    25: plays("notification A 6/2\nexpect close A, down received 6/2, state Idle"),
    26: plays(
      "at 20s keepalive A\nignore KEEPALIVE\nat 110s expect NOTIFICATION 4/0 A, close A, down hold timer, state Idle",
    ),
    27: plays(
      "at 20s update A\nignore KEEPALIVE\nat 110s expect NOTIFICATION 4/0 A, close A, down hold timer, state Idle",
    ),
    28: plays("fault A 3/1\nexpect NOTIFICATION 3/1 A, close A, down sent 3/1, state Idle"),
    29: plays(
      "ignore KEEPALIVE\nat 100s expect NOTIFICATION 8/0 A, close A, down send hold timer, state Idle",
      "config send hold 100\ngiven Established A\nat 20s update A\nexpect nothing",
    ),
  },
};

for (const [state, row] of Object.entries(matrix) as [State, Record<EventNumber, Cell>][]) {
  Deno.test(`RFC 4271 §8.2.2: every event of §8.1 in ${state}`, async (test) => {
    for (const [number, cell] of Object.entries(row)) {
      const name = events[Number(number) as EventNumber];
      const title = cell.kind === "outside" ? `${number} ${name}: not seen here, ${cell.reason}` : `${number} ${name}`;
      await test.step(title, () => playCell(state, cell));
    }
  });
}

Deno.test("RFC 4271 §8.2.2: the matrix has no hole", () => {
  for (const row of Object.values(matrix)) assert.equal(Object.keys(row).length, Object.keys(events).length);
});

function playCell(state: State, cell: Cell): void {
  if (cell.kind === "outside") return;
  const before = cell.before.includes("\n") || cell.before.startsWith("given")
    ? cell.before
    : `${cell.before}\ngiven ${state} A`;
  const player = playText(before);
  assertState(player, state, cell);
  if (cell.kind === "absent") assert.equal(timersOf(player.session)[cell.timer], undefined);
  else player.lines(cell.then);
}

function assertState(player: Player, state: State, cell: Cell): void {
  const id = cell.kind === "plays" && cell.of !== undefined ? player.id(cell.of) : undefined;
  assert.equal(id === undefined ? stateOf(player.session) : connectionState(player.session, id), state);
}
