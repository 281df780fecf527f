/**
 * Two sessions with one address are two peers. Our address of the connection, or the port that bgpd dials, tells them
 * apart.
 */
import assert from "node:assert/strict";
import { type Bgpd, ensureBgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { Bird } from "./peers/bird.ts";
import { startPeer } from "./peers/mod.ts";
import { canRun } from "./star.ts";

const [remote, one, two, other] = [loopback(), loopback(), loopback(), loopback()];
const port = freePort(one);

const head = (more: string) =>
  `router_id = "10.0.0.254"\ndefault_as = 65000\ndatabase = "bgpd.db"\npoll_interval = 1\n` +
  `bgp_socket = [${[one, two, other].map((address) => `"${address}:${port}"`).join(", ")}]\n${more}`;

function peer(name: string, localIp: string, more = "passive = true"): string {
  return `[[peers]]\nname = "${name}"\nremote_ip = "${remote}"\nremote_as = 65001\nlocal_ip = "${localIp}"\n${more}\n`;
}

async function ok(bgpd: Bgpd, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await bgpd.command(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

async function refused(bgpd: Bgpd, ...args: string[]): Promise<string> {
  const { code, stderr } = await bgpd.command(...args);
  assert.equal(code, 1, args.join(" "));
  return stderr.trim();
}

function rib(bgpd: Bgpd): string {
  return bgpd.sql("SELECT peer, prefix FROM rib WHERE peer <> 'local' ORDER BY peer, prefix")
    .map((row) => `${row["peer"]} ${row["prefix"]}`).join(", ");
}

function states(bgpd: Bgpd): string {
  return bgpd.sql("SELECT peer, remote_ip, state FROM peer_status WHERE state <> 'Removed' ORDER BY peer")
    .map((row) => `${row["peer"]} ${row["remote_ip"]} ${row["state"]}`).join(", ");
}

Deno.test("two sessions from one address to two of ours are two peers everywhere, also after kill -9", async () => {
  const config = head(peer("a", one));
  const dial = (address: string) =>
    ScriptedPeer.connect({ local: remote, address, port, asn: 65001, keepaliveMs: 1000 });
  const folder = await Deno.makeTempDir({ prefix: "bgpd-names-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  {
    await using bgpd = await startBgpd({ config, cwd: folder });
    const added = ["peer", "add", remote, "--name", "b", "--remote-as", "65001", "--set", "passive=true"];
    const clash = /remote_ip 127.* is already used in the configuration file, with the same local_ip/;
    assert.match(await refused(bgpd, ...added, "--set", `local_ip=${one}`), clash);
    assert.equal(await ok(bgpd, ...added, "--set", `local_ip=${two}`), "b was added\n");
    const sessions = [await dial(one), await dial(two)];
    const stranger = await ScriptedPeer.dial({ local: remote, address: other, port, asn: 65001 });
    assert.deepEqual(await stranger.notification(), { code: 6, subcode: 5 });
    await bgpd.process.waitForLine(
      new RegExp(
        `refused a connection from ${remote}: it came to our address ${other}, ` +
          `but local_ip of a is ${one}, b is ${two}`,
      ),
    );
    sessions.forEach((session, i) => session.announce(`10.${i}.0.0/16`));
    await waitFor("a route of each", () => rib(bgpd) === "a 10.0.0.0/16, b 10.1.0.0/16", { detail: () => bgpd.log });
    assert.equal(states(bgpd), `a ${remote} Established, b ${remote} Established`);

    const several = `bgpd: ${remote} is the address of 2 peers: name one of a, b`;
    assert.equal(await refused(bgpd, "show", "peer", remote), several);
    assert.equal(await refused(bgpd, "peer", "reset", remote), several);
    assert.equal(await refused(bgpd, "announce", "203.0.113.0/24", "peer", remote), several);
    assert.match(await ok(bgpd, "show", "peer", "b"), new RegExp(`^BGP neighbor is b,[^]*Remote address: ${remote}`));
    assert.match(await ok(bgpd, "show", "peers"), new RegExp(`Neighbor +Address[^]*a +${remote} [^]*b +${remote} `));

    await ok(bgpd, "announce", "203.0.113.0/24", "peer", "b");
    const advertised = async (name: string) => (await ok(bgpd, "show", "advertised", name)).includes("203.0.113.0/24");
    await waitFor("the route at b", () => advertised("b"));
    assert.equal(await advertised("a"), false);
    assert.deepEqual(bgpd.sql("SELECT prefix, peer, error FROM announcements").map((row) => Object.values(row)), [
      ["203.0.113.0/24", "b", null],
    ]);
    await ok(bgpd, "peer", "disable", "a");
    await waitFor("a disabled, b up", () => states(bgpd) === `a ${remote} Disabled, b ${remote} Established`);
    await bgpd.stop("SIGKILL");
  }
  await using bgpd = await startBgpd({ config, cwd: folder });
  const sessions = [await dial(one), await dial(two)];
  await waitFor("both again", () => states(bgpd) === `a ${remote} Established, b ${remote} Established`);
  await waitFor("the route at b", async () => (await ok(bgpd, "show", "advertised", "b")).includes("203.0.113.0/24"));
  // Another name is another peer: the old one's history keeps the old name.
  await Deno.writeTextFile(`${folder}/bgpd.toml`, head(peer("c", one)));
  assert.match(
    await ok(bgpd, "reload"),
    /a: removed, session ends \(c has its address now and is another peer\)\nc: added/,
  );
  sessions.push(await dial(one));
  await waitFor("c in place of a", () => states(bgpd) === `b ${remote} Established, c ${remote} Established`);
  assert.equal(
    await ok(bgpd, "peer", "remove", remote).catch((error) => String(error.message).includes("2 peers")),
    true,
  );
  assert.equal(await ok(bgpd, "peer", "remove", "b"), "b was removed\n");
  await waitFor("b to go", () => states(bgpd) === `c ${remote} Established`);
  for (const session of sessions) session.close();
});

const birdTitle =
  "three sessions with one BIRD at one address: two that it dials, to two addresses of ours, one that bgpd alone dials";

Deno.test({
  name: birdTitle,
  ignore: !canRun(birdTitle, [Bird]),
  fn: async () => {
    await ensureBgpd();
    const [theirPort, listening] = [freePort(remote), freePort(remote)];
    // BIRD tells sessions with one neighbour apart by the port there, also where it does not dial it.
    const session = (name: string, own: number, to: string, passive: string) =>
      `protocol bgp ${name} { local ${remote} port ${own} as 65001; neighbor ${to} port ${
        passive === "yes" ? 1 : port
      } as 65000;` +
      ` multihop;` +
      ` strict bind yes; passive ${passive}; connect delay time 1; connect retry time 2; error wait time 1, 2;` +
      ` ipv4 { import all; export where net ~ [${
        name === "second" ? "10.2.0.0/16" : "10.3.0.0/16"
      }]; next hop keep; }; }\n`;
    await using bgpd = await startBgpd({
      config: head(
        peer("first", one) + peer("second", two) +
          peer("third", one, `dest_port = ${listening}\ndial_only = true`),
      ),
    });
    const route = (prefix: string) => ({
      prefix,
      nextHop: "192.0.2.1",
      communities: [],
      largeCommunities: [],
      extCommunities: [],
    });
    await using bird = await startPeer(Bird, {
      local: { address: remote!, port: theirPort, asn: 65001 },
      remote: { address: one!, port, asn: 65000 },
      routerId: "10.0.0.1",
      passive: false,
      routes: ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"].map(route),
      lines: { speaker: session("second", theirPort, two!, "no") + session("third", listening, one!, "yes") },
    });
    const detail = () => `${bgpd.log}\n${bird.log}`;
    await bird.waitEstablished({ detail });
    await waitFor(
      "three sessions",
      () => states(bgpd) === ["first", "second", "third"].map((name) => `${name} ${remote} Established`).join(", "),
      { detail },
    );
    const all = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"].map((prefix) => `first ${prefix}`);
    const wanted = [...all, "second 10.2.0.0/16", "third 10.3.0.0/16"].join(", ");
    await waitFor("their routes", () => rib(bgpd) === wanted, { detail });
    // Of two sessions with one router the peer that was known first has the best route.
    assert.deepEqual(
      bgpd.sql("SELECT prefix, peer, best_reason FROM loc_rib ORDER BY prefix").map((row) => Object.values(row)),
      [["10.1.0.0/16", "first", "only route"], ["10.2.0.0/16", "first", "peer id"], [
        "10.3.0.0/16",
        "first",
        "peer id",
      ]],
      detail(),
    );
    assert.equal((await bgpd.command("peer", "reset", "third")).code, 0);
    // The database is some milliseconds behind: without the event, the route may be that of the session before.
    const down = () => bgpd.sql("SELECT DISTINCT peer FROM peer_events WHERE kind = 'down'").map(({ peer }) => peer);
    await waitFor("the third session to end", () => down().length > 0, { detail });
    await waitFor(
      "the third session to come back",
      () => bgpd.sql("SELECT 1 FROM rib WHERE peer = 'third'").length === 1 && rib(bgpd) === wanted,
      { detail },
    );
    assert.deepEqual(down(), ["third"]);
  },
});
