/**
 * Announcements that end by themselves, and files of many announcements, live: what a peer holds, over a kill -9 too.
 */
import assert from "node:assert/strict";
import { MessageType } from "../../src/message/mod.ts";
import { type Bgpd, bgpdPath, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";

interface Lab {
  readonly ours: string;
  readonly port: number;
  readonly theirs: string;
  readonly config: string;
}

function lab(): Lab {
  const ours = loopback(), theirs = loopback(), port = freePort(ours);
  const config = `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${ours}:${port}"
database = "bgpd.db"
[[peers]]
remote_ip = "${theirs}"
remote_as = 65001
passive = true
`;
  return { ours, port, theirs, config };
}

/** The IPv4 prefixes that a peer has. */
class Holder {
  readonly peer: ScriptedPeer;
  readonly #prefixes = new Set<string>();
  #read = 0;

  constructor(peer: ScriptedPeer) {
    this.peer = peer;
  }

  static async connect({ ours, port, theirs }: Lab): Promise<Holder> {
    return new Holder(
      await ScriptedPeer.connect({ local: theirs, address: ours, port, asn: 65001, holdTimeSeconds: 0 }),
    );
  }

  get prefixes(): ReadonlySet<string> {
    const { received } = this.peer;
    for (; this.#read < received.length; this.#read++) {
      const { type, bytes } = received[this.#read]!;
      if (type !== MessageType.update) continue;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const withdrawnEnd = 21 + view.getUint16(19);
      const nlri = withdrawnEnd + 2 + view.getUint16(withdrawnEnd);
      for (const prefix of prefixesIn(bytes.subarray(21, withdrawnEnd))) this.#prefixes.delete(prefix);
      for (const prefix of prefixesIn(bytes.subarray(nlri))) this.#prefixes.add(prefix);
    }
    return this.#prefixes;
  }
}

function* prefixesIn(octets: Uint8Array): Generator<string> {
  for (let at = 0; at < octets.length;) {
    const length = octets[at]!, bytes = (length + 7) >> 3;
    const address = [...octets.subarray(at + 1, at + 1 + bytes), 0, 0, 0, 0].slice(0, 4);
    yield `${address.join(".")}/${length}`;
    at += 1 + bytes;
  }
}

async function command(bgpd: Bgpd, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return await run(bgpdPath, args, { cwd: bgpd.folder });
}

Deno.test("announce --for: the route is there after a kill -9, and gone within a second of its end", async () => {
  const setUp = lab();
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    const first = await startBgpd({ config: setUp.config, cwd: folder });
    const before = await Holder.connect(setUp);
    const announced = await command(first, "announce", "203.0.113.7/32", "--for", "8s", "--json");
    const { expires_at: expiresAt } = JSON.parse(announced.stdout) as { expires_at: string };
    const end = Date.parse(expiresAt);
    await waitFor("the route", () => before.prefixes.has("203.0.113.7/32"));
    await first.stop("SIGKILL");
    before.peer.close();
    await using again = await startBgpd({ config: setUp.config, cwd: folder });
    const after = await Holder.connect(setUp);
    await waitFor("the route after the restart", () => after.prefixes.has("203.0.113.7/32"));
    assert.ok(Date.now() < end, "the restart took longer than the route was to stay");
    await waitFor("the end of the route", () => !after.prefixes.has("203.0.113.7/32"), { intervalMs: 10 });
    const late = Date.now() - end;
    assert.ok(late >= 0 && late < 1_000, `gone ${late} ms after its end`);
    const status = "SELECT state, sent_to FROM announcement_status";
    await waitFor("the row to be expired", () => again.sql(status)[0]?.["state"] === "expired");
    assert.deepEqual({ ...again.sql(status)[0] }, { state: "expired", sent_to: 0 });
    const log = again.sql("SELECT action, source FROM announcements_log ORDER BY id").map((row) => ({ ...row }));
    assert.deepEqual(log, [{ action: "add", source: "command" }, { action: "expire", source: "bgpd" }]);
    after.peer.close();
    assert.equal(await again.stop(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("announce -f: 10,000 lines reach the peer, or none where one is wrong; withdraw -f ends them", async () => {
  const setUp = lab();
  await using bgpd = await startBgpd({ config: setUp.config });
  const holder = await Holder.connect(setUp);
  const prefixes = Array.from({ length: 10_000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
  const file = `${bgpd.folder}/routes.txt`;
  await Deno.writeTextFile(file, [...prefixes, "10.0.0.1/8"].join("\n"));
  const refused = await command(bgpd, "announce", "-f", file);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /routes\.txt:10001: prefix: "10\.0\.0\.1\/8" has host bits set.*nothing of the file/);
  assert.deepEqual(bgpd.sql("SELECT * FROM announcements"), []);
  await Deno.writeTextFile(file, prefixes.join("\n"));
  const done = await command(bgpd, "announce", "-f", file, "community", "65000:1");
  assert.deepEqual([done.code, done.stderr], [2, done.stderr], "words and a file");
  const announced = await command(bgpd, "announce", "-f", file, "--community", "65000:1");
  // Beside the result there may be progress.
  assert.equal(announced.code, 0, announced.stderr);
  assert.match(announced.stdout, /^announced 10000 routes in /);
  await waitFor("all routes", () => holder.prefixes.size === prefixes.length);
  assert.deepEqual([...holder.prefixes].toSorted(), prefixes.toSorted());
  const communities = "SELECT DISTINCT communities FROM announcements";
  assert.deepEqual(bgpd.sql(communities).map((row) => row["communities"]), ["65000:1"]);
  const withdrawn = await command(bgpd, "withdraw", "-f", file);
  assert.match(withdrawn.stdout, /^withdrew 10000 announcements in /);
  await waitFor("no route", () => holder.prefixes.size === 0);
  holder.peer.close();
  assert.equal(await bgpd.stop(), 0);
});
