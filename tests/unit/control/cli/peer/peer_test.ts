/** `bgpd peer …`: the requests to the daemon, and the output. */
import assert from "node:assert/strict";
import { resultOf, withDaemon, withoutDaemon } from "../harness.ts";

Deno.test("peer add sends the keys of [[peers]]: numbers as numbers, text with or without quotes", () =>
  withDaemon(async (run, target) => {
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
      assert.equal((await run(`peer add ${line}`)).output, "192.0.2.9 was added\n");
      assert.deepEqual(target.asked.pop(), ["addPeer", keys, { replace }]);
    }
    for (const line of ["--set hold_timer", "--set =5", "--group lab --set group=x", "--set a=1 --set a=2"]) {
      assert.equal((await run(`peer add 192.0.2.9 ${line}`)).code, 2, line);
    }
    assert.equal((await run("peer add --remote-as 65002")).code, 2);
    assert.deepEqual(target.asked, []);
  }));

Deno.test("peer list prints the source of each peer; peer config prints the added peers as configuration", () =>
  withDaemon(async (run) => {
    const { output } = await run("peer list");
    assert.deepEqual(output.split("\n").slice(1, -1).map((line) => line.split(/\s+/).filter((word) => word !== "")), [
      ["192.0.2.9", "65009", "lab", "file"],
      ["192.0.2.9", "65009", "lab", "command"],
    ]);
    const toml = '[[peers]]\nremote_ip = "192.0.2.9"\nremote_as = 65009\n';
    assert.equal((await run("peer config")).output, toml);
    assert.equal((await run("peer config 192.0.2.9")).output, toml);
    assert.equal((await run("peer config 192.0.2.8")).messages, "bgpd: there is no peer 192.0.2.8");
    assert.equal((await run("peer remove 192.0.2.9")).output, "192.0.2.9 was removed\n");
    assert.deepEqual(resultOf(await run("peer remove 192.0.2.1")), [
      1,
      "",
      "bgpd: 192.0.2.1 is in the configuration file",
    ]);
  }));

Deno.test("the daemon's refusal is the command's error, exit code 1", () =>
  withDaemon(async (run) => {
    assert.deepEqual(resultOf(await run("peer reset x")), [1, "", "bgpd: there is no peer x"]);
    assert.equal((await run("peer refresh first --in")).code, 1);
    assert.equal((await run("peer")).code, 2);
    assert.equal((await run("announce")).code, 2);
  }));

Deno.test("without a daemon: one sentence, exit code 1", () =>
  withoutDaemon(async (run, database) => {
    for (const line of ["peer enable first", "reload", "show advertised first"]) {
      assert.deepEqual(resultOf(await run(line)), [
        1,
        "",
        `bgpd: no bgpd is running on ${database}; start it, or name another database with --database or --config`,
      ]);
    }
    assert.match((await run("announce 10.0.0.0/8")).messages, /there is no database/);
  }));
