/**
 * The history of a running bgpd: sessions that change their minds, go and come back; commands and SQL say what was
 * when.
 */
import assert from "node:assert/strict";
import { emptyAttributeSet, encodeAttributeSet, UpdateEncoder } from "../../src/message/mod.ts";
import { familyMask, IPV4_UNICAST, parseAddress, parsePrefix } from "../../src/types/mod.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { hasSqlite3 } from "../support/sqlite3.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

function update(prefixes: readonly string[], med: number | undefined): Uint8Array {
  const encoder = new UpdateEncoder({
    internal: false,
    fourOctetAs: true,
    families: familyMask([IPV4_UNICAST]),
    addPathReceive: 0,
    addPathSend: 0,
    extendedNextHop: 0,
    maxMessageBytes: 4096,
    localAsn: 65001,
    remoteAsn: 65000,
  });
  if (med === undefined) encoder.beginWithdraw(IPV4_UNICAST);
  else {
    const set = {
      ...emptyAttributeSet(),
      origin: 0 as const,
      asPath: [{ type: 2 as const, asns: [65001, 65010] }],
      nextHop: parseAddress("192.0.2.1")!,
      med,
    };
    encoder.begin(encodeAttributeSet(set), IPV4_UNICAST);
  }
  for (const text of prefixes) {
    const { octets, length } = parsePrefix(text)!;
    encoder.add(new DataView(octets.buffer, octets.byteOffset).getInt32(0), 0, 0, 0, length, -1);
  }
  encoder.finish();
  return encoder.take();
}

async function withBgpd(
  config: string,
  work: (bgpd: Bgpd, connect: () => Promise<ScriptedPeer>, local: string) => Promise<void>,
): Promise<void> {
  const address = loopback(), local = loopback();
  const port = freePort(address);
  await using bgpd = await startBgpd({
    config: `${configHead({ address, port })}${config}\n` +
      `[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\n`,
  });
  await work(bgpd, () => ScriptedPeer.connect({ local, address, port, asn: 65001 }), local);
}

const meds = (bgpd: Bgpd, prefix: string) =>
  bgpd.sql("SELECT med, ended_by FROM rib_history WHERE prefix = ? ORDER BY from_ms, to_ms", prefix)
    .map((row) => `${row["med"]} ${row["ended_by"] ?? "holds"}`);

Deno.test("the history has a session's changes, loss and return, and the table of any moment in between", () =>
  withBgpd("", async (bgpd, connect, local) => {
    const first = await connect();
    const prefixes = Array.from({ length: 500 }, (_, i) => `10.1.${i >> 1}.${(i & 1) * 128}/25`);
    first.write(update(["10.0.0.0/8", ...prefixes], 1));
    await waitFor("the table", () => bgpd.sql("SELECT count(*) AS n FROM rib")[0]?.["n"] === 501);
    const whole = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 30));
    first.write(update(["10.0.0.0/8"], 2));
    first.write(update(["10.0.0.0/8"], undefined));
    first.write(update(["10.0.0.0/8"], 3));
    await waitFor("three states", () => meds(bgpd, "10.0.0.0/8").length === 3);
    assert.deepEqual(meds(bgpd, "10.0.0.0/8"), ["1 replaced", "2 withdrawn", "3 holds"]);

    first.close();
    await waitFor("the loss", () => bgpd.sql("SELECT 1 FROM rib").length === 0);
    assert.deepEqual(meds(bgpd, "10.0.0.0/8").at(-1), "3 session lost");
    const lost = Date.now();
    // Back at once, before anything is cleaned up.
    const second = await connect();
    second.write(update(["10.0.0.0/8", ...prefixes.slice(100)], 4));
    await waitFor("the table again", () => bgpd.sql("SELECT count(*) AS n FROM rib")[0]?.["n"] === 401);
    await waitFor("cleanup", () => bgpd.sql("SELECT 1 FROM flushes").length === 0);
    assert.equal(bgpd.sql("SELECT 1 FROM routes").length, 401);
    assert.deepEqual(meds(bgpd, "10.0.0.0/8"), ["1 replaced", "2 withdrawn", "3 session lost", "4 holds"]);
    assert.deepEqual(meds(bgpd, prefixes[7]!), ["1 session lost"]);
    assert.deepEqual(meds(bgpd, prefixes[107]!), ["1 session lost", "4 holds"]);

    const at = async (time: number, ...args: string[]) => {
      const { code, stdout, stderr } = await bgpd.command(
        "show",
        "routes",
        ...args,
        "--at",
        new Date(time).toISOString(),
        "--json",
      );
      assert.deepEqual([code, stderr], [0, ""]);
      return JSON.parse(stdout) as { prefix: string; med: number }[];
    };
    assert.equal((await at(whole)).length, 501);
    assert.deepEqual((await at(whole, "10.0.0.0/8")).map(({ med }) => med), [1]);
    assert.deepEqual((await at(whole, "10.1.0.5")).map(({ prefix }) => prefix), ["10.1.0.0/25"]);
    assert.deepEqual(await at(lost), []);
    assert.equal((await at(Date.now())).length, 401);

    const { stdout } = await bgpd.command("show", "history", "10.0.0.0/8");
    const ends = stdout.trimEnd().split("\n").slice(1).map((line) =>
      /(replaced|withdrawn|session lost)/.exec(line)?.[0] ?? line[0]
    );
    assert.deepEqual(ends, ["replaced", "withdrawn", "session lost", "+"]);

    // With the permissions that bgpd has.
    const copy = await bgpd.command("backup", "copy.db");
    assert.deepEqual([copy.code, copy.stdout], [0, ""], copy.stderr);
    assert.match(copy.stderr, /^copy\.db: .* in \d+\.\d s$/m);
    const asked = await bgpd.command("sql", "--database", "copy.db", "SELECT count(*) FROM rib_history");
    assert.equal(asked.stdout.trim(), String(bgpd.sql("SELECT count(*) AS n FROM rib_history")[0]!["n"]));
    assert.match((await bgpd.command("backup", "copy.db")).stderr, /already exists/);

    assert.deepEqual(bgpd.sql("SELECT DISTINCT peer FROM rib").map((row) => row["peer"]), [local]);
    second.close();
  }));

Deno.test("history = false keeps nothing", () =>
  withBgpd("history = false", async (bgpd, connect) => {
    const peer = await connect();
    peer.write(update(["10.0.0.0/8"], 1));
    await waitFor("the route", () => meds(bgpd, "10.0.0.0/8").length === 1);
    peer.write(update(["10.0.0.0/8"], 2));
    await waitFor("the other route", () => meds(bgpd, "10.0.0.0/8")[0] === "2 holds");
    assert.deepEqual(meds(bgpd, "10.0.0.0/8"), ["2 holds"]);
    peer.close();
    await waitFor("cleanup", () => bgpd.sql("SELECT 1 FROM routes").length === 0);
    assert.deepEqual(bgpd.sql("SELECT * FROM history"), []);
  }));

Deno.test({
  name: "examples/queries.sql as it stands, against a running bgpd",
  ignore: !hasSqlite3("examples/queries.sql is not asked of a running bgpd"),
  fn: () =>
    withBgpd("", async (bgpd, connect) => {
      const peer = await connect();
      peer.write(update(["198.51.100.0/24"], 1));
      await waitFor("the route", () => bgpd.sql("SELECT 1 FROM rib").length === 1);
      const text = await Deno.readTextFile(new URL("../../examples/queries.sql", import.meta.url));
      assert.match(await bgpd.sqlite3("\n" + text), /^198\.51\.100\.0\/24\|/);
      peer.close();
    }),
});
