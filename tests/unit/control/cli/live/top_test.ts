/** `bgpd top`: from data to a screen, from keys to a state, and the whole command on a terminal. */
import assert from "node:assert/strict";
import { alertsOf } from "../../../../../src/control/cli/live/top_alerts.ts";
import { type TopData, type TopPeer, TopSource } from "../../../../../src/control/cli/live/top_data.ts";
import { firstState, pressTopKey, type TopState } from "../../../../../src/control/cli/live/top_keys.ts";
import { type Screen, topScreen, topText } from "../../../../../src/control/cli/live/top_screen.ts";
import { StoreReader } from "../../../../../src/store/mod.ts";
import { parseKeys } from "../../../../../src/control/cli/text/keys.ts";
import { displayWidth } from "../../../../../src/control/cli/text/width.ts";
import { fakeTerminal } from "../fake_terminal.ts";
import { withDatabase } from "../harness.ts";

const now = Date.UTC(2024, 0, 1, 12);

function peer(name: string, changes: Partial<TopPeer> = {}): TopPeer {
  return {
    peer: name,
    peerAs: 65001,
    description: null,
    group: null,
    routerId: null,
    state: "Established",
    since: "2024-01-01T11:00:00.000Z",
    messagesReceived: 0,
    messagesSent: 0,
    updatesReceived: 0,
    routesAnnounced: 0,
    routesWithdrawn: 0,
    treatAsWithdraw: 0,
    attributeDiscards: 0,
    routes: 0,
    accepted: 0,
    sent: 0,
    eorAt: null,
    lag: 0,
    localIp: null,
    localAs: null,
    holdTimeSeconds: null,
    capabilities: null,
    role: null,
    remoteRole: null,
    reason: null,
    staleUntil: null,
    remoteIp: "192.0.2.1",
    updatesRate: 0,
    sentRate: 0,
    ...changes,
  };
}

function data(peers: readonly TopPeer[], changes: Partial<TopData> = {}): TopData {
  return {
    now,
    database: "/var/lib/bgpd/bgpd.db",
    isRunning: true,
    version: "1.2.3",
    pid: 4711,
    startedAt: now - 90_061_000,
    aliveAt: now - 1_000,
    backlogRows: 0,
    databaseBytes: 1 << 20,
    logBytes: 0,
    freeBytes: 2 ** 40,
    memoryBytes: 300 << 20,
    peers,
    nearLimits: [],
    gaps: [],
    events: [],
    ...changes,
  };
}

const long = "2001:db8:1234:5678:9abc:def0:1234:5678";

/** Peers whose texts are as long as they can be. */
const crowd = data([
  ...Array.from({ length: 300 }, (_, i) => peer(`ix-${i}`, { routes: i, accepted: i, sent: 7, peerAs: 64512 + i })),
  peer(long, {
    peerAs: 4_294_967_295,
    routes: 1_234_567,
    accepted: 1_234_566,
    sent: 1_200_000,
    description: "Ein sehr langer Text über 東京 und anderes, der nicht in die Zeile passt",
    updatesRate: 12_345,
    sentRate: 0.4,
  }),
  peer("broken", { state: "Active", reason: "connection refused" }),
  peer("held", { state: "Held", reason: "1,001 routes of at most 1,000: held until 13:00" }),
  peer("off", { state: "Disabled" }),
], {
  events: Array.from({ length: 50 }, (_, i) => ({
    id: i,
    at: "2024-01-01T11:59:00.000Z",
    peer: long,
    kind: "down",
    text: `session down ${"for a long reason ".repeat(10)}`,
    hex: null,
  })),
});

function screen(
  from: TopData,
  columns: number,
  rows: number,
  state: Partial<TopState> = {},
  detail: string[] = [],
): Screen {
  return topScreen(from, { ...firstState, ...state }, { size: { columns, rows }, useColour: false, detail });
}

Deno.test("top fills the terminal and never more than that, at any size and in any view", () => {
  for (const [columns, rows] of [[80, 24], [160, 50], [40, 10], [20, 5], [200, 8], [1, 1]] as const) {
    for (const view of ["peers", "detail", "help"] as const) {
      for (const from of [crowd, data([])]) {
        for (const useColour of [false, true]) {
          const { lines } = topScreen(from, { ...firstState, view }, {
            size: { columns, rows },
            useColour,
            detail: ["x".repeat(300), "y"],
          });
          assert.ok(lines.length <= rows, `${columns}x${rows} ${view}: ${lines.length} lines`);
          // deno-lint-ignore no-control-regex
          const widths = lines.map((line) => displayWidth(line.replaceAll(/\x1b\[\d+m/g, "")));
          assert.ok(Math.max(...widths) <= columns, `${columns}x${rows} ${view}: ${Math.max(...widths)} columns`);
        }
      }
    }
  }
});

Deno.test("top leaves out what does not fit beside the database, and cuts no number in two", () => {
  const large = data([], {
    databaseBytes: 1_400 << 20,
    logBytes: 64 << 20,
    backlogRows: 12_345,
    freeBytes: 72 * 2 ** 30,
  });
  const start = "Database 1.4 GiB, log 64.0 MiB, 12345 rows to write, memory 300 MiB";
  assert.equal(screen(large, 80, 24).lines[1], start);
  assert.equal(screen(large, 100, 24).lines[1], `${start}, 72.0 GiB of disk free`);
});

Deno.test("top at 80x24: the daemon, what is wrong first, alerts, events, keys", () => {
  const { lines } = screen(crowd, 80, 24);
  assert.equal(lines.length, 24);
  assert.equal(lines[0], "bgpd 1.2.3, pid 4711, up 1d01h01m                        2024-01-01 12:00:00 UTC");
  assert.equal(lines[1], "Database 1.0 MiB, log 0 B, 0 rows to write, memory 300 MiB, 1.0 TiB of disk free");
  assert.equal(lines[2], "304 peers: 301 up, 2 down, 1 disabled; 1279417 routes received, 1279416 accepted");
  assert.match(lines[4] ?? "", /^ Peer +AS +State +Since +Received +Sent/);
  assert.match(lines[5] ?? "", /^>held +65001 +Held/);
  assert.match(lines[6] ?? "", /^ broken +65001 +Active/);
  assert.ok(lines.includes("! held is held: 1,001 routes of at most 1,000: held until 13:00"));
  assert.ok(lines.includes("! broken has no session for 01:00:00: connection refused"));
  assert.match(lines.at(-1) ?? "", /^q quit/);
});

Deno.test("top at 160x50 has all columns, and shows why a peer is down", () => {
  const { lines } = screen(crowd, 160, 50);
  assert.match(lines[4] ?? "", /Accepted +Sent +Upd\/s +Out\/s +Lag +Address +Description/);
  assert.match(lines[6] ?? "", /^ broken .*connection refused/);
  const sorted = screen(crowd, 160, 50, { sort: "received" }).lines;
  assert.match(
    sorted[5] ?? "",
    /^>2001:db8:1234:5678:9abc:def0:1234:5678 +4294967295 .* 1234567 +1234566 +1200000 +12345 +0\.4/,
  );
});

Deno.test("top sorts by each column, reverses, and filters by what a peer is called", () => {
  const peers = data([
    peer("b", { peerAs: 3, routes: 1, accepted: 5, sent: 1, since: "2024-01-01T11:59:00.000Z", updatesRate: 9 }),
    peer("a", { peerAs: 2, routes: 2, accepted: 1, sent: 9, lag: 7, description: "Northern" }),
    peer("c", { state: "Idle", peerAs: 1, group: "ix" }),
  ]);
  const names = (state: Partial<TopState>) => screen(peers, 80, 24, state).view.names.join("");
  assert.equal(names({}), "cab", "a has a lag");
  assert.equal(names({ sort: "name" }), "abc");
  assert.equal(names({ sort: "name", isReversed: true }), "cba");
  assert.equal(names({ sort: "as" }), "cab");
  assert.equal(names({ sort: "since" }), "bac");
  assert.equal(names({ sort: "received" }), "abc");
  assert.equal(names({ sort: "accepted" }), "bac");
  assert.equal(names({ sort: "sent" }), "abc");
  assert.equal(names({ sort: "rate" }), "bac");
  assert.equal(names({ sort: "lag" }), "abc");
  assert.equal(names({ filter: "NORTH" }), "a");
  assert.equal(names({ filter: "ix" }), "c");
  assert.equal(names({ filter: "idle" }), "c");
  assert.equal(names({ filter: "nothing" }), "");
  assert.ok(screen(peers, 80, 24, { filter: "nothing" }).lines.some((line) => line.includes("no peer matches")));
});

/** The state after some keys, on a screen of 24 lines. */
function press(input: string, start: Partial<TopState> = {}): TopState | "quit" {
  let state: TopState = { ...firstState, ...start };
  for (const key of parseKeys(input)) {
    const next = pressTopKey(state, key, screen(crowd, 80, 24, state, new Array(40).fill("line")).view);
    if (next === "quit") return "quit";
    state = next;
  }
  return state;
}

function selected(input: string): string | undefined {
  const state = press(input, { sort: "name" });
  return state === "quit" ? undefined : state.selected;
}

Deno.test("top: keys move the cursor, and the list follows it", () => {
  assert.equal(selected("\x1b[B"), "broken");
  assert.equal(selected("\x1b[B\x1b[B\x1b[A"), "broken");
  assert.equal(selected("\x1b[A\x1b[A"), long);
  assert.equal(selected("\x1b[F"), "off");
  assert.equal(selected("\x1b[F\x1b[H"), long);
  const page = screen(crowd, 80, 24, { sort: "name" }).view.page;
  assert.equal(selected("\x1b[6~"), `ix-${page - 3}`);
  const state = { ...firstState, sort: "name", selected: "ix-200" } as const;
  assert.ok(screen(crowd, 80, 24, state).lines.some((line) => line.startsWith(">ix-200 ")));
});

Deno.test("top: keys for sorting, the filter, details, help and the end", () => {
  assert.equal(press("q"), "quit");
  assert.equal(press("\x03"), "quit");
  const sort = (input: string) => (press(input) as TopState).sort;
  assert.deepEqual([sort("s"), sort("ss"), sort("S"), sort("n"), sort("u"), sort("np")], [
    "name",
    "as",
    "lag",
    "name",
    "rate",
    "problem",
  ]);
  assert.equal((press("r") as TopState).isReversed, true);
  assert.deepEqual(press("/ix q\x7f\x7f\r"), { ...firstState, filter: "ix" });
  assert.deepEqual(press("/ix\x1b"), firstState);
  assert.equal(press("/\x03"), "quit");
  assert.deepEqual(press("\r\x1b[B\x1b[B\x1b[A"), { ...firstState, view: "detail", selected: "held", detailFrom: 1 });
  assert.equal((press("\r\x1b[F") as TopState).detailFrom, 40 - 19);
  assert.equal((press("\rq") as TopState).view, "peers");
  assert.equal((press("?") as TopState).view, "help");
  assert.equal((press("?x") as TopState).view, "peers");
  assert.equal(press("?q"), "quit");
  assert.deepEqual(press("\x1b[200~xyz"), firstState, "unknown keys change nothing");
});

Deno.test("top: alerts, the worst first", () => {
  const texts = (changes: Partial<TopData>, peers: readonly TopPeer[] = []) =>
    alertsOf(data(peers, changes)).map(({ text }) => text);
  assert.deepEqual(texts({}), []);
  assert.deepEqual(texts({ isRunning: false }, [peer("a", { state: "Idle" })]), [
    "bgpd is not running for 00:00:01: what is shown is its last state",
  ]);
  assert.deepEqual(texts({ aliveAt: now - 61_000 }), [
    "bgpd has not written to the database for 00:01:01: is it locked, or the disk full?",
  ]);
  assert.deepEqual(
    texts({
      freeBytes: 100 << 20,
      backlogRows: 200_000,
      nearLimits: [{ peer: "a", family: "ipv4 unicast", routes: 95, limit: 100 }],
      gaps: [
        { from: "2024-01-01T11:00:00.000Z", to: "2024-01-01T11:00:10.000Z", changes: 3, peer: "a" },
        { from: "2024-01-01T11:30:00.000Z", to: "9999-12-31T23:59:59.999Z", changes: 0, peer: null },
      ],
    }),
    [
      "a has 95 of at most 100 routes (95 %, ipv4 unicast)",
      "the disk of the database has only 100 MiB left",
      "200000 rows wait to be written to the database",
      "the history of a lacks 3 changes between 11:00:00 and 11:00:10 UTC",
      "the history is off since 2024-01-01T11:30:00.000Z",
    ],
  );
  const down = Array.from({ length: 6 }, (_, i) => peer(`p${i}`, { state: "Connect" }));
  assert.deepEqual(texts({}, [...down, peer("late", { lag: 100_000 })]), [
    "6 peers have no session: p0, p1, p2, p3 and 2 more",
    "100000 routes of late are not in the database yet",
  ]);
});

Deno.test("top --once prints everything as text", () =>
  withDatabase(async (run, _, daemon) => {
    const { code, lines, output } = await run(["top"], { waits: () => true });
    assert.equal(code, 0);
    assert.match(lines[0] ?? "", /^bgpd 9\.9\.9, pid \d+/);
    assert.match(output, /^ 2001:db8::2 +65002 +Idle/m);
    assert.match(output, /2001:db8::2 has no session/);
    assert.match(output, /^ 127\.0\.0\.2 +65001 +Established/m);
    assert.doesNotMatch(output, /\[1m|q quit/);
    assert.equal((await run(["top", "--interval", "0"])).code, 2);
    daemon.close();
    assert.match((await run(["top", "--once"])).output, /bgpd is not running: its last state/);
  }));

Deno.test("top on a terminal: another screen, one piece a frame, and the terminal as it was", () =>
  withDatabase(async (run) => {
    const keys = ["\x1b[B", { kind: "resize" } as const, { kind: "time" } as const, "\r", "\x1b", "q"];
    const terminal = fakeTerminal(keys);
    assert.equal((await run(["top"], { isTerminal: true, terminal })).code, 0);
    assert.equal(terminal.written[0], "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J");
    assert.equal(terminal.written.at(-1), "\x1b[?25h\x1b[?1049l");
    assert.ok(terminal.isClosed);
    const frames = terminal.written.slice(1, -1);
    assert.ok(frames.every((frame) => frame.startsWith("\x1b[H") && frame.endsWith("\x1b[J")));
    assert.ok(frames.some((frame) => frame.includes("BGP neighbor is")), "the details");
    const before = frames.length;
    // Nothing changes: no frame is written twice.
    const idle = fakeTerminal([{ kind: "time" }, { kind: "time" }, "q"]);
    await run(["top"], { isTerminal: true, terminal: idle });
    assert.equal(idle.written.length, 3);
    assert.ok(before > 3);
  }));

Deno.test("top gives the terminal back when it is gone and when something fails", () =>
  withDatabase(async (run) => {
    const gone = fakeTerminal([]);
    assert.equal((await run(["top"], { isTerminal: true, terminal: gone })).code, 0);
    assert.equal(gone.written.at(-1), "\x1b[?25h\x1b[?1049l");
    const broken = fakeTerminal([]);
    broken.next = () => Promise.reject(new Error("a bug"));
    await assert.rejects(run(["top"], { isTerminal: true, terminal: broken }), /a bug/);
    assert.equal(broken.written.at(-1), "\x1b[?25h\x1b[?1049l");
    assert.ok(broken.isClosed);
  }));

Deno.test("top as text keeps long texts whole without a terminal", () => {
  assert.ok(topText(crowd, firstState, Infinity, false).some((line) => line.includes("nicht in die Zeile passt")));
});

Deno.test("top: rates are averages of some seconds, and begin again with a session", () =>
  withDatabase((_run, path, daemon) => {
    const reader = new StoreReader(path);
    try {
      const source = new TopSource();
      const rates = (seconds: number, updates: number) => {
        daemon.peers.statistics(1, { updates, messagesSent: seconds });
        daemon.writePeers();
        const first = source.sample(reader, true, seconds * 1_000).peers[0];
        return [first?.updatesRate, first?.sentRate];
      };
      assert.deepEqual(rates(0, 10), [undefined, undefined]);
      assert.deepEqual(rates(1, 20), [10, 1]);
      assert.deepEqual(rates(2, 50), [20, 1]);
      // Nothing was written since.
      assert.deepEqual(source.sample(reader, true, 4_000).peers[0]?.updatesRate, 10);
      assert.deepEqual(rates(10, 110), [10, 8 / 6]);
      assert.deepEqual(rates(16, 3), [0, 1]);
      assert.equal(source.sample(reader, true, 22_000).peers[0]?.updatesRate, 0);
    } finally {
      reader.close();
    }
    return Promise.resolve();
  }));
