/** `bgpd announce` and `bgpd withdraw`, with and without a daemon. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { AnnouncementView } from "../../../../../src/control/mod.ts";
import { acquireLock, AnnouncementFile } from "../../../../../src/store/mod.ts";
import { someAnnouncement } from "../../fake_target.ts";
import { resultOf, withDaemon, withoutDaemon } from "../harness.ts";
import { smallDatabase } from "../small_database.ts";

Deno.test("announce, withdraw, peer and reload reach the daemon, and print one line about the result", () =>
  withDaemon(async (run, target) => {
    const lines: [string, string][] = [
      [
        "announce 203.0.113.0/24 next-hop 192.0.2.1",
        "announced 203.0.113.0/24 to 3 of 4 peers; not to 192.0.2.9 (ipv6 unicast is not negotiated)\n",
      ],
      ["withdraw 203.0.113.0/24", "withdrawn 203.0.113.0/24\n"],
      ["peer enable first", "192.0.2.1 is enabled\n"],
      ["peer disable first -m maintenance", "192.0.2.1 is disabled\n"],
      [
        "peer disable first --graceful --wait 120",
        "192.0.2.1 is being drained; its session ends at 2026-01-01T00:02:00.000Z\n",
      ],
      ["peer reset 192.0.2.1", "192.0.2.1 was reset\n"],
      ["peer reset 192.0.2.1 --graceful", "192.0.2.1 was reset\n"],
      ["peer refresh first", "192.0.2.1 was asked to send its routes again, and is sent ours again\n"],
      ["peer refresh first --out", "192.0.2.1 is sent our routes again\n"],
      ["reload", "127.0.0.2: hold_timer changed, session resets\n"],
    ];
    for (const [line, output] of lines) {
      const message = line === "reload" ? "read /etc/bgpd/bgpd.toml and 2 included files" : "";
      assert.deepEqual(resultOf(await run(line)), [0, output, message]);
    }
    const asked = target.asked.map(([what, ...rest]) => what === "announce" ? [what, rest[1]] : [what, ...rest]);
    assert.deepEqual(asked, [
      ["announce", { source: "command", client: undefined }],
      [
        "withdraw",
        { prefix: "203.0.113.0/24", peer: null, family: null, rd: null, rule: null, nlri: null },
        { source: "command", client: undefined },
      ],
      ["enable", "first"],
      ["disable", "first", "maintenance"],
      ["disable", "first", undefined, 120],
      ["reset", "192.0.2.1", undefined],
      ["reset", "192.0.2.1", undefined, true],
      ["refresh", "first", "both"],
      ["refresh", "first", "out"],
      ["reload"],
    ]);
  }));

Deno.test("without a daemon, announce and withdraw write the table that the next daemon reads", () =>
  withoutDaemon(async (run, database) => {
    smallDatabase(database).close();
    const announced = await run("announce 10.0.0.0/8 med 5");
    assert.deepEqual(resultOf(announced), [
      0,
      "",
      `no bgpd is running on ${database}: 10.0.0.0/8 will be checked and announced when bgpd starts`,
    ]);
    const shown = await run("show announcements");
    assert.match(shown.output, /^ 10\.0\.0\.0\/8 +self +all +5 +command, row 1 +pending$/m);
    assert.match(shown.messages, /without the static routes of the configuration/);
    for (
      const line of [
        "announce 10.0.0.0/33",
        "announce 10.0.0.1/8",
        "announce 10.0.0.1",
        "withdraw 10.0.0",
        "withdraw 10.0.0.1",
      ]
    ) {
      assert.equal((await run(line)).code, 2, line);
    }
    assert.deepEqual(resultOf(await run("withdraw 10.0.0.0/8")), [
      0,
      "",
      `no bgpd is running on ${database}: 10.0.0.0/8 will be withdrawn when bgpd starts`,
    ]);
    assert.deepEqual(resultOf(await run("withdraw 10.0.0.0/8")), [
      1,
      "",
      "bgpd: 10.0.0.0/8 is not announced; bgpd show announcements lists all",
    ]);
  }));

Deno.test("announce without a daemon does not write to a database of another program", () =>
  withoutDaemon(async (run, database) => {
    using other = new DatabaseSync(database);
    other.exec("CREATE TABLE theirs(x)");
    for (const line of ["announce 10.0.0.0/8", "withdraw 10.0.0.0/8"]) {
      const { code, messages } = await run(line);
      assert.deepEqual([code, messages], [1, `bgpd: ${database} is a database of another program; name another file`]);
    }
  }));

Deno.test("announce prints the result: exit code 1 if every session withholds the route, 0 if it is waiting", () =>
  withDaemon(async (run, target) => {
    const down = { peer: "192.0.2.4", state: "down", reason: "no session" } as const;
    const policy = (peer: string) => ({ peer, state: "withheld", reason: "policy a, rule b rejects it" }) as const;
    const cases: [fate: Partial<AnnouncementView>, code: number, output: string][] = [
      [{ sentTo: 2, peers: 2, notSent: [] }, 0, "announced 203.0.113.0/24 to 2 peers\n"],
      [{ peer: "x", sentTo: 1, peers: 1, notSent: [] }, 0, "announced 203.0.113.0/24 to x\n"],
      [
        { state: "pending", sentTo: 0, peers: 0, notSent: [] },
        0,
        "203.0.113.0/24 will be announced: there is no peer yet\n",
      ],
      [
        { state: "pending", sentTo: 0, peers: 1, notSent: [down] },
        0,
        "203.0.113.0/24 is not announced yet: 192.0.2.4 (no session)\n",
      ],
      [
        { state: "withheld", sentTo: 0, peers: 8, notSent: [down, ...["a", "b", "c", "d", "e", "f", "g"].map(policy)] },
        1,
        "203.0.113.0/24 is not announced: 192.0.2.4 (no session), a, b, c, d, e and 2 more (policy a, " +
        "rule b rejects it)\n",
      ],
      [
        { state: "refused", sentTo: 0, peers: 0, notSent: [], error: "peer: there is no peer x" },
        1,
        "203.0.113.0/24 is not announced: peer: there is no peer x\n",
      ],
    ];
    for (const [fate, code, output] of cases) {
      target.announced = { ...someAnnouncement, ...fate };
      assert.deepEqual(resultOf(await run("announce 203.0.113.0/24")), [code, output, ""]);
    }
  }));

Deno.test("a daemon without a socket is reported, and reads the table by itself", () =>
  withoutDaemon(async (run, database) => {
    smallDatabase(database).close();
    const lock = acquireLock(database, undefined, 4711);
    try {
      assert.match(
        (await run("reload")).messages,
        /bgpd is running on .* \(pid 4711\) but does not answer at/,
      );
      const { code, messages } = await run("announce 10.0.0.0/8");
      assert.deepEqual([code, messages], [
        0,
        "10.0.0.0/8 will be checked and announced when bgpd next reads the table",
      ]);
      const file = new AnnouncementFile(database);
      assert.equal(file.list().length, 1);
      file.close();
    } finally {
      lock.release();
    }
  }));

Deno.test("announce and withdraw without a daemon need a database: exit code 1, with the next step", () =>
  withoutDaemon(async (run, database) => {
    for (const line of ["announce 10.0.0.0/8 next-hop 192.0.2.1", "withdraw 10.0.0.0/8"]) {
      assert.deepEqual(resultOf(await run(line)), [
        1,
        "",
        `bgpd: there is no database ${database}: start bgpd once to create it, or name another one with --database`,
      ]);
    }
  }));
