/** `bgpd reload` and `bgpd restart`. */
import assert from "node:assert/strict";
import { withDaemon, withoutDaemon } from "../harness.ts";

Deno.test("restart prints which sessions are closed, which peers keep our routes, and when bgpd is back", () =>
  withDaemon(async (run, target) => {
    const { code, output } = await run("restart");
    assert.equal(code, 0);
    const lines = output.split("\n");
    assert.deepEqual(lines.slice(0, 2), [
      "127.0.0.2: session closed, the peer keeps our routes",
      "127.0.0.3: session closed, the peer removes our routes",
    ]);
    assert.match(lines[2]!, /^bgpd is back after \d+\.\d s \(pid 4711\)$/);
    assert.deepEqual(target.asked, [["restart"]]);
  }));

Deno.test("restart without a daemon fails with one sentence", () =>
  withoutDaemon(async (run) => {
    const { code, messages } = await run("restart");
    assert.equal(code, 1);
    assert.match(messages, /no bgpd is running on/);
  }));

for (const command of ["reload", "restart"]) {
  Deno.test(`${command} -c with another file than the daemon's is refused before the request`, () =>
    withDaemon(async (run, target, database) => {
      const folder = database.slice(0, database.lastIndexOf("/"));
      for (const name of ["its.toml", "other.toml"]) {
        await Deno.writeTextFile(`${folder}/${name}`, 'router_id = "192.0.2.1"\ndefault_as = 65000\n');
      }
      target.configuration.path = `${folder}/its.toml`;
      const refused = await run(`${command} -c ${folder}/other.toml`);
      assert.equal(refused.code, 1);
      assert.match(
        refused.messages,
        /bgpd reads \S+its\.toml, not \S+other\.toml: change \S+its\.toml, or start bgpd with \S+other\.toml$/,
      );
      assert.deepEqual(target.asked, []);
      if (command === "reload") assert.equal((await run(`${command} -c ${folder}/its.toml`)).code, 0);
    }));
}

Deno.test("reload --dry-run prints each change with its values, what becomes of routes, and sessions that end", () =>
  withDaemon(async (run, target) => {
    const { code, output, messages } = await run("reload --dry-run");
    assert.equal(code, 0);
    assert.equal(
      output,
      [
        "127.0.0.2: hold_timer changed, session resets",
        "  hold_timer: not set (default: 90) → 30",
        "127.0.0.3: static_routes, enforce_first_as changed, session stays",
        "  static_routes: 1 table → 2 tables",
        "    + 10.0.0.0/8",
        "  enforce_first_as: false → true",
        "  bgpd asks for the routes again (ROUTE-REFRESH)",
        "  bgpd evaluates the received routes again",
        "  bgpd evaluates the advertised routes again and sends what changes",
        "policies changed, routes are re-evaluated, sessions stay",
        "  policies: 1 table → 1 table",
        "    ~ in",
        "  bgpd evaluates the received routes again (2 peers)",
        "",
        "sessions: 1 resets (127.0.0.2), 2 go on",
        "",
      ].join("\n"),
    );
    assert.equal(
      messages,
      "warning: bgpd.toml:1:1: something\nread /etc/bgpd/bgpd.toml and 1 included file; nothing is changed: " +
        "bgpd reload applies this",
    );
    const json = JSON.parse((await run("reload --dry-run --json")).output);
    assert.deepEqual(json.changes[0].sessions, [{ peer: "127.0.0.2", effect: "resets" }]);
    assert.deepEqual([json.included_files, json.established], [1, 3]);
    assert.deepEqual(target.asked, [["dryRun"], ["dryRun"]]);
  }));
