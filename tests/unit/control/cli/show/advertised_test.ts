/** `bgpd show announcements`, `show advertised` and `show summary`: what they ask of the daemon. */
import assert from "node:assert/strict";
import { formatDestination } from "../../../../../src/message/mod.ts";
import { familyByName } from "../../../../../src/types/mod.ts";
import { withDaemon } from "../harness.ts";
import { smallDatabase } from "../small_database.ts";

Deno.test("show announcements prints the source of each route, show advertised the routes of a peer", () =>
  withDaemon(async (run, target) => {
    const announcements = await run("show announcements");
    assert.match(announcements.output, /^ Prefix +Next Hop +Peer .* From +Sent To +Why Not$/m);
    assert.match(
      announcements.output,
      /^ 203\.0\.113\.0\/24 +192\.0\.2\.9 +all +5 +65000 500 +65000:1 +command, row 17 +3 of 4 peers +192\.0\.2\.9 /m,
    );
    assert.match(announcements.output, / 192\.0\.2\.9 \(ipv6 .*\)$/m);
    assert.match(announcements.output, / config +3 of 4/m);
    await run("show announcements 203.0.113.0/24");
    assert.deepEqual(target.asked.at(-1), ["announcements", "203.0.113.0/24"]);
    assert.equal((await run("show announcements 203.0.113.0")).code, 2);
    const advertised = await run("show advertised first 10.0.0.0/8");
    assert.equal(advertised.output.trimEnd().split("\n").length, 7);
    assert.match(advertised.output, /^ 10\.0\.0\.0\/16 +192\.0\.2\.2 +igp +65000 +65000:1$/m);
    assert.deepEqual(target.asked.at(-1), ["advertised", "first", { prefix: "10.0.0.0/8", unwritten: true }]);
    const json = JSON.parse((await run("show advertised first --json")).output);
    assert.equal(json.length, 6);
    assert.deepEqual(json[0].communities, ["65000:1"]);
  }));

Deno.test("show announcements and show advertised take destinations of every family", () =>
  withDaemon(async (run, target) => {
    await run("show announcements flow destination 203.0.113.7/32 protocol udp");
    assert.deepEqual(target.asked.at(-1), ["announcements", "destination 203.0.113.7/32 protocol =udp"]);
    await run("show advertised first 65000:7 10.0.7.0/24");
    const { key: asked, ...rest } = (target.asked.at(-1) as [string, string, { key: Uint8Array }])[2];
    assert.deepEqual([formatDestination(familyByName("ipv4 vpn")!.id, { key: asked }), rest], [
      "65000:7 10.0.7.0/24",
      { unwritten: true },
    ]);
    const wrong = await run("show advertised first destination 203.0.113.7/32 port 99999");
    assert.equal(wrong.code, 2);
    assert.match(wrong.messages, /port 99999/);
  }));

Deno.test("show summary asks the daemon for the backlog: a locked database does not have it", () =>
  withDaemon(async (run, _, database) => {
    const writer = smallDatabase(database);
    try {
      assert.match((await run("show summary")).output, /Backlog of the database: 4242 rows/);
      const { code, output } = await run("show summary --json");
      assert.deepEqual([code, JSON.parse(output).backlog_rows], [0, 4242]);
    } finally {
      writer.close();
    }
  }));
