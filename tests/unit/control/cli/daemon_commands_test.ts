/** Commands that ask the daemon, against a socket behind which a daemon only remembers. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { announceCommand, withdrawCommand } from "../../../../src/control/cli/announce/announce.ts";
import { peerCommand } from "../../../../src/control/cli/peer/peer.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { reloadCommand } from "../../../../src/control/cli/daemon/reload.ts";
import { restartCommand } from "../../../../src/control/cli/daemon/restart.ts";
import { showCommand } from "../../../../src/control/cli/show/show.ts";
import type { AnnouncementView } from "../../../../src/control/mod.ts";
import { serveHttp } from "../../../../src/control/http/mod.ts";
import { acquireLock, AnnouncementFile } from "../../../../src/store/mod.ts";
import { fakeIo } from "./fake_io.ts";
import { FakeTarget, someAnnouncement } from "../fake_target.ts";
import { smallDatabase } from "./small_database.ts";

const info = {
  name: "bgpd",
  summary: "a speaker",
  version: "1.2.3",
  commands: [announceCommand, withdrawCommand, peerCommand, reloadCommand, restartCommand, showCommand],
};

async function inFolder(work: (database: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(`${folder}/bgpd.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function bgpd(database: string, line: string) {
  const io = fakeIo();
  const code = await runProgram(info, [...line.split(" "), "--database", database], io);
  return { code, output: io.output, messages: io.messages.join("\n") };
}

function withDaemon(work: (database: string, target: FakeTarget) => Promise<void>): Promise<void> {
  return inFolder(async (database) => {
    const target = new FakeTarget();
    const onError = (error: unknown) => assert.fail(String(error));
    const socketPath = `${database}.sock`;
    const token = () => undefined;
    const maxConnections = { unix: 4, tcp: 4 };
    const server = serveHttp({
      target,
      version: "1.2.3",
      socketPath,
      tcp: undefined,
      token,
      onError,
      warn: onError,
      maxConnections,
    });
    try {
      await work(database, target);
    } finally {
      await server.close();
    }
  });
}

Deno.test("announce, withdraw, peer and reload reach the daemon, and say in a line what was done", () =>
  withDaemon(async (database, target) => {
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
      ["peer refresh first", "192.0.2.1 was asked for its routes and receives ours again\n"],
      ["peer refresh first --out", "192.0.2.1 receives our routes again\n"],
      ["reload", "127.0.0.2: hold_timer changed, session resets\n"],
    ];
    for (const [line, output] of lines) assert.deepEqual(await bgpd(database, line), { code: 0, output, messages: "" });
    const asked = target.asked.map(([what, ...rest]) => what === "announce" ? [what, rest[1]] : [what, ...rest]);
    assert.deepEqual(asked, [
      ["announce", "command"],
      ["withdraw", "203.0.113.0/24", null],
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

Deno.test("restart says which sessions are closed, who keeps our routes, and when bgpd is back", () =>
  withDaemon(async (database, target) => {
    const { code, output } = await bgpd(database, "restart");
    assert.equal(code, 0);
    const lines = output.split("\n");
    assert.deepEqual(lines.slice(0, 2), [
      "127.0.0.2: session closed, the peer keeps our routes",
      "127.0.0.3: session closed, the peer removes our routes",
    ]);
    assert.match(lines[2]!, /^bgpd is back after \d+\.\d s \(pid 4711\)$/);
    assert.deepEqual(target.asked, [["restart"]]);
  }));

Deno.test("restart without a daemon is refused in a sentence", () =>
  inFolder(async (database) => {
    const { code, messages } = await bgpd(database, "restart");
    assert.equal(code, 1);
    assert.match(messages, /no bgpd is running on/);
  }));

Deno.test("peer add says to the daemon what a table of the configuration would: numbers as numbers, text with or without quotes", () =>
  withDaemon(async (database, target) => {
    const lines: [string, unknown[]][] = [
      ["192.0.2.9 --remote-as 65009", [{ remote_ip: "192.0.2.9", remote_as: 65009 }, false]],
      ["10.0.0.0/8 --group lab --replace", [{ remote_ip: "10.0.0.0/8", group: "lab" }, true]],
      ["::1 --remote-as 1.10 --group a --group b", [{ remote_ip: "::1", remote_as: "1.10", group: ["a", "b"] }, false]],
      [
        '192.0.2.9 --set hold_timer=30 --set role=customer --set enabled=false --set families=["ipv4\\u0020unicast"]',
        [
          { remote_ip: "192.0.2.9", hold_timer: 30, role: "customer", enabled: false, families: ["ipv4 unicast"] },
          false,
        ],
      ],
      ['192.0.2.9 --set description="5"', [{ remote_ip: "192.0.2.9", description: "5" }, false]],
      ["fe80::1%eth0 --name x", [{ remote_ip: "fe80::1%eth0", name: "x" }, false]],
      ["--interface eth2 --remote-as 65002", [{ interface: "eth2", remote_as: 65002 }, false]],
      ["192.0.2.9 --set description=a=b", [{ remote_ip: "192.0.2.9", description: "a=b" }, false]],
    ];
    for (const [line, [keys, replace]] of lines) {
      assert.equal((await bgpd(database, `peer add ${line}`)).output, "192.0.2.9 was added\n");
      assert.deepEqual(target.asked.pop(), ["addPeer", keys, { replace }]);
    }
    for (const line of ["--set hold_timer", "--set =5", "--group lab --set group=x", "--set a=1 --set a=2"]) {
      assert.equal((await bgpd(database, `peer add 192.0.2.9 ${line}`)).code, 2, line);
    }
    assert.equal((await bgpd(database, "peer add --remote-as 65002")).code, 2);
    assert.deepEqual(target.asked, []);
  }));

Deno.test("peer list says where each comes from; peer config prints what was added, for the file to take over", () =>
  withDaemon(async (database) => {
    const { output } = await bgpd(database, "peer list");
    assert.deepEqual(output.split("\n").slice(1, -1).map((line) => line.split(/\s+/).filter((word) => word !== "")), [
      ["192.0.2.9", "65009", "lab", "file"],
      ["192.0.2.9", "65009", "lab", "command"],
    ]);
    const toml = '[[peers]]\nremote_ip = "192.0.2.9"\nremote_as = 65009\n';
    assert.equal((await bgpd(database, "peer config")).output, toml);
    assert.equal((await bgpd(database, "peer config 192.0.2.9")).output, toml);
    assert.equal((await bgpd(database, "peer config 192.0.2.8")).messages, "bgpd: there is no peer 192.0.2.8");
    assert.equal((await bgpd(database, "peer remove 192.0.2.9")).output, "192.0.2.9 was removed\n");
    assert.deepEqual(await bgpd(database, "peer remove 192.0.2.1"), {
      code: 1,
      output: "",
      messages: "bgpd: 192.0.2.1 is in the configuration file",
    });
  }));

Deno.test("the daemon's refusal is the command's, exit code 1", () =>
  withDaemon(async (database) => {
    assert.deepEqual(await bgpd(database, "peer reset x"), {
      code: 1,
      output: "",
      messages: "bgpd: there is no peer x",
    });
    assert.equal((await bgpd(database, "peer refresh first --in")).code, 1);
    assert.equal((await bgpd(database, "peer")).code, 2);
    assert.equal((await bgpd(database, "announce")).code, 2);
  }));

Deno.test("show announcements says where each came from, show advertised what a peer is told", () =>
  withDaemon(async (database, target) => {
    const announcements = await bgpd(database, "show announcements");
    assert.match(announcements.output, /^ Prefix +Next Hop +Peer .* From +Sent To +Why Not$/m);
    assert.match(
      announcements.output,
      /^ 203\.0\.113\.0\/24 +192\.0\.2\.9 +all +5 +65000 500 +65000:1 +command, row 17 +3 of 4 peers +192\.0\.2\.9 \(ipv6 .*\)$/m,
    );
    assert.match(announcements.output, / config +3 of 4/m);
    await bgpd(database, "show announcements 203.0.113.0/24");
    assert.deepEqual(target.asked.at(-1), ["announcements", "203.0.113.0/24"]);
    assert.equal((await bgpd(database, "show announcements 203.0.113.0")).code, 2);
    const advertised = await bgpd(database, "show advertised first 10.0.0.0/8");
    assert.equal(advertised.output.trimEnd().split("\n").length, 7);
    assert.match(advertised.output, /^ 10\.0\.0\.0\/16 +192\.0\.2\.2 +igp +65000 +65000:1$/m);
    assert.deepEqual(target.asked.at(-1), ["advertised", "first", { prefix: "10.0.0.0/8", unwritten: true }]);
    const json = JSON.parse((await bgpd(database, "show advertised first --json")).output);
    assert.equal(json.length, 6);
    assert.deepEqual(json[0].communities, ["65000:1"]);
  }));

Deno.test("without a daemon: one sentence, exit code 1", () =>
  inFolder(async (database) => {
    for (const line of ["peer enable first", "reload", "show advertised first"]) {
      assert.deepEqual(await bgpd(database, line), {
        code: 1,
        output: "",
        messages: `bgpd: no bgpd is running on ${database}; name its database with --database or --config`,
      });
    }
    assert.match((await bgpd(database, "announce 10.0.0.0/8")).messages, /there is no database/);
  }));

Deno.test("without a daemon announce and withdraw write the table for the next one", () =>
  inFolder(async (database) => {
    smallDatabase(database).close();
    const announced = await bgpd(database, "announce 10.0.0.0/8 med 5");
    assert.deepEqual(announced, {
      code: 0,
      output: "",
      messages: `no bgpd is running on ${database}: 10.0.0.0/8 is checked and announced when bgpd starts`,
    });
    const shown = await bgpd(database, "show announcements");
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
      assert.equal((await bgpd(database, line)).code, 2, line);
    }
    assert.deepEqual(await bgpd(database, "withdraw 10.0.0.0/8"), {
      code: 0,
      output: "",
      messages: `no bgpd is running on ${database}: 10.0.0.0/8 is withdrawn when bgpd starts`,
    });
    assert.deepEqual(await bgpd(database, "withdraw 10.0.0.0/8"), {
      code: 1,
      output: "",
      messages: "bgpd: 10.0.0.0/8 is not announced",
    });
  }));

Deno.test("announce without a daemon leaves a database of another program alone, and says whose it is not", () =>
  inFolder(async (database) => {
    using other = new DatabaseSync(database);
    other.exec("CREATE TABLE theirs(x)");
    for (const line of ["announce 10.0.0.0/8", "withdraw 10.0.0.0/8"]) {
      const { code, messages } = await bgpd(database, line);
      assert.deepEqual([code, messages], [1, `bgpd: ${database} is a database of another program`]);
    }
  }));

Deno.test("announce says what became of the route: exit code 1 where no session is to have it, 0 where it waits", () =>
  withDaemon(async (database, target) => {
    const down = { peer: "192.0.2.4", state: "down", reason: "it has no session" } as const;
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
        "203.0.113.0/24 is not announced yet: 192.0.2.4 (it has no session)\n",
      ],
      [
        { state: "withheld", sentTo: 0, peers: 8, notSent: [down, ...["a", "b", "c", "d", "e", "f", "g"].map(policy)] },
        1,
        "203.0.113.0/24 is not announced: 192.0.2.4 (it has no session), a, b, c, d, e and 2 more (policy a, rule b rejects it)\n",
      ],
      [
        { state: "refused", sentTo: 0, peers: 0, notSent: [], error: "peer: there is no peer x" },
        1,
        "203.0.113.0/24 is not announced: peer: there is no peer x\n",
      ],
    ];
    for (const [fate, code, output] of cases) {
      target.announced = { ...someAnnouncement, ...fate };
      assert.deepEqual(await bgpd(database, "announce 203.0.113.0/24"), { code, output, messages: "" });
    }
  }));

Deno.test("a daemon without a socket is said to be there, and reads the table by itself", () =>
  inFolder(async (database) => {
    smallDatabase(database).close();
    const lock = acquireLock(database, undefined, 4711);
    try {
      assert.match(
        (await bgpd(database, "reload")).messages,
        /bgpd is running on .* \(pid 4711\) but does not answer at/,
      );
      const { code, messages } = await bgpd(database, "announce 10.0.0.0/8");
      assert.deepEqual([code, messages], [0, "10.0.0.0/8 is checked and announced when bgpd next reads the table"]);
      const file = new AnnouncementFile(database);
      assert.equal(file.list().length, 1);
      file.close();
    } finally {
      lock.release();
    }
  }));

Deno.test("announce and withdraw without a daemon need the database that one left: exit code 1, and what to do", () =>
  inFolder(async (database) => {
    for (const line of ["announce 10.0.0.0/8 next-hop 192.0.2.1", "withdraw 10.0.0.0/8"]) {
      assert.deepEqual(await bgpd(database, line), {
        code: 1,
        output: "",
        messages:
          `bgpd: there is no database ${database}: start bgpd once to create it, or name another one with --database`,
      });
    }
  }));

Deno.test("show summary asks the daemon how far behind the database is: a locked one cannot say it", () =>
  withDaemon(async (database) => {
    const writer = smallDatabase(database);
    try {
      assert.match((await bgpd(database, "show summary")).output, /Backlog of the database: 4242 rows/);
      const { code, output } = await bgpd(database, "show summary --json");
      assert.deepEqual([code, JSON.parse(output).backlog_rows], [0, 4242]);
    } finally {
      writer.close();
    }
  }));

for (const command of ["reload", "restart"]) {
  Deno.test(`${command} -c of another file than the daemon's is refused, and nothing is asked of the daemon`, () =>
    withDaemon(async (database, target) => {
      const folder = database.slice(0, database.lastIndexOf("/"));
      for (const name of ["its.toml", "other.toml"]) {
        await Deno.writeTextFile(`${folder}/${name}`, 'router_id = "192.0.2.1"\ndefault_as = 65000\n');
      }
      target.configuration.path = `${folder}/its.toml`;
      const refused = await bgpd(database, `${command} -c ${folder}/other.toml`);
      assert.equal(refused.code, 1);
      assert.match(
        refused.messages,
        /bgpd reads \S+its\.toml, not \S+other\.toml: change \S+its\.toml, or start bgpd with \S+other\.toml$/,
      );
      assert.deepEqual(target.asked, []);
      if (command === "reload") assert.equal((await bgpd(database, `${command} -c ${folder}/its.toml`)).code, 0);
    }));
}
