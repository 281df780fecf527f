/**
 * Sessions between link-local addresses, over cables between network namespaces: BIRD and FRR at the same address on
 * two links, and whoever is alone on a third one.
 */
import assert from "node:assert/strict";
import { type Bgpd, ensureBgpd, startBgpd } from "../support/bgpd.ts";
import { cable, Namespace } from "../support/links.ts";
import { Process, run } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";
import { Bird } from "./peers/bird.ts";
import { Frr } from "./peers/frr.ts";
import { canRun } from "./star.ts";

const title = "link-local peers: the same address on two links, BIRD and FRR, and the one neighbour on a third";

const config = `router_id = "10.0.0.1"
default_as = 65000
bgp_socket = "[::]:179"
database = "bgpd.db"
poll_interval = 1
[[static_routes]]
prefix = "2001:db8:200::/48"
[[peers]]
remote_ip = "FE80::B%eth0"
remote_as = 65002
passive = true
export = "all"
[[peers]]
remote_ip = "fe80::b"
interface = "eth1"
remote_as = 65003
export = "all"
next_hop_ipv6 = "2001:db8:1::a"
[[peers]]
interface = "eth2"
remote_as = 65004
export = "all"
ttl_security = 1
next_hop_ipv6 = "2001:db8:2::a"
`;

/** It dials over the first of its links, and waits on the second, where it is in another AS. */
const birdConfig = `log stderr all; router id 10.0.0.2; protocol device {}
protocol static { ipv6; route 2001:db8:100::/48 unreachable; }
template bgp over { connect delay time 1; connect retry time 1; error wait time 1, 2; strict bind no;
  ipv6 { import all; export where source = RTS_STATIC; }; }
protocol bgp bird0 from over { local fe80::b as 65002; neighbor fe80::a%b0 as 65000; }
protocol bgp bird2 from over { local fe80::b as 65004; neighbor fe80::a%b2 as 65000; ttl security on; passive yes; }
`;

const frrConfig = `log stdout informational
router bgp 65003
 bgp router-id 10.0.0.3
 no bgp ebgp-requires-policy
 no bgp default ipv4-unicast
 no bgp network import-check
 coalesce-time 10
 neighbor fe80::a remote-as 65000
 neighbor fe80::a interface f1
 neighbor fe80::a passive
 address-family ipv6 unicast
  network 2001:db8:101::/48
  neighbor fe80::a activate
 exit-address-family
`;

interface Lab {
  readonly bgpd: Bgpd;
  birdc(command: string): Promise<string>;
  vtysh(command: string): Promise<string>;
  readonly detail: () => string;
}

/** Our namespace with links to that of BIRD (two) and to that of FRR. */
async function connectNamespaces(stack: AsyncDisposableStack): Promise<[Namespace, Namespace, Namespace]> {
  const [ours, birds, frrs] = [
    stack.use(await Namespace.create()),
    stack.use(await Namespace.create()),
    stack.use(await Namespace.create()),
  ];
  const link = (nth: number, other: Namespace, name: string) =>
    cable({ namespace: ours, name: `eth${nth}`, addresses: ["fe80::a/64", `2001:db8:${nth}::a/64`] }, {
      namespace: other,
      name,
      addresses: ["fe80::b/64", `2001:db8:${nth}::b/64`],
    });
  await link(0, birds, "b0");
  await link(1, frrs, "f1");
  await link(2, birds, "b2");
  // As a Router Advertisement would have it; beside it a host that is no router.
  const known = async (address: string, ...more: string[]) => {
    const entry = ["add", address, "lladdr", "02:00:00:00:00:02", "dev", "eth2", "nud", "permanent", ...more];
    await ours.ip("neighbour", ...entry);
  };
  await birds.ip("link", "set", "b2", "address", "02:00:00:00:00:02");
  await known("fe80::b", "router");
  await known("fe80::c");
  return [ours, birds, frrs];
}

async function inLab(test: (lab: Lab) => Promise<void>): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "bgpd-links-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  // FRR gives up root's rights.
  await Deno.chmod(folder, 0o777);
  const [ours, birds, frrs] = await connectNamespaces(stack);
  const start = (namespace: Namespace, ...command: string[]) => {
    const [program, ...args] = [...namespace.wrap, ...command];
    const process = new Process(program!, { args });
    stack.defer(() => process.stop().then(() => {}));
    return process;
  };
  const bgpd = stack.use(await startBgpd({ config, wrap: ours.wrap }));
  await Deno.writeTextFile(`${folder}/bird.conf`, birdConfig);
  await Deno.writeTextFile(`${folder}/bgpd.conf`, frrConfig);
  await Deno.writeTextFile(`${folder}/zebra.conf`, "");
  await Deno.writeTextFile(`${folder}/vtysh.conf`, "");
  const bird = start(
    birds,
    "bird",
    "-f",
    "-c",
    `${folder}/bird.conf`,
    "-s",
    `${folder}/bird.ctl`,
    "-P",
    `${folder}/b.pid`,
  );
  const frr = (name: string, ...more: string[]) =>
    start(
      frrs,
      `/usr/lib/frr/${name}`,
      ...["-f", `${folder}/${name}.conf`, "-z", `${folder}/zebra.sock`, "-i", `${folder}/${name}.pid`],
      ...["--vty_socket", folder, "--log", "stdout", ...more],
    );
  const zebra = frr("zebra");
  await waitFor("zebra", () => Deno.stat(`${folder}/zebra.sock`).then(() => true, () => false), {
    detail: () => zebra.log(),
  });
  const frrBgpd = frr("bgpd", "-p", "179");
  await test({
    bgpd,
    birdc: async (command) => (await run("birdc", ["-s", `${folder}/bird.ctl`, ...command.split(" ")])).stdout,
    vtysh: async (command) => (await run("vtysh", ["--vty_socket", folder, "-c", command])).stdout,
    detail: () => [bgpd.process.log(), bird.log(), zebra.log(), frrBgpd.log()].join("\n"),
  });
}

async function ok(bgpd: Bgpd, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await bgpd.command(...args);
  assert.equal(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

Deno.test({
  name: title,
  ignore: !canRun(title, [Bird, Frr], "ip", "unshare", "nsenter", "/usr/lib/frr/zebra"),
  async fn() {
    await ensureBgpd();
    await inLab(async ({ bgpd, birdc, vtysh, detail }) => {
      const rows = (query: string) => bgpd.sql(query).map((row) => Object.values(row).join(" "));
      const all = ["eth2 fe80::b%eth2", "fe80::b%eth0 fe80::b%eth0", "fe80::b%eth1 fe80::b%eth1"];
      const established = () =>
        rows("SELECT peer, remote_ip FROM peer_status WHERE state = 'Established' ORDER BY peer");
      await waitFor("three sessions", () => established().join() === all.join(), { detail });

      // What they announce, by the next hops that they have on our links; FRR says both of its own.
      const wanted = [
        "eth2 2001:db8:100::/48 2001:db8:2::b fe80::b",
        "fe80::b%eth0 2001:db8:100::/48 2001:db8:0::b fe80::b",
        "fe80::b%eth1 2001:db8:101::/48 2001:db8:1::b fe80::b",
      ];
      const received = () =>
        rows("SELECT peer, prefix, next_hop FROM rib WHERE peer <> 'local' AND ineligible IS NULL ORDER BY peer");
      const prefixes = (list: readonly string[]) => list.map((text) => text.split(" ").slice(0, 2).join(" ")).join();
      await waitFor("their routes", () => prefixes(received()) === prefixes(wanted), { detail });
      assert.ok(received().every((text) => text.endsWith("fe80::b")), received().join("\n"));

      // What they hear: a link-local next hop alone, or beside the global one that we have there, by RFC 2545.
      const nextHop = async (protocol: string) =>
        /BGP.next_hop: (.*)/.exec(await birdc(`show route all 2001:db8:200::/48 protocol ${protocol}`))?.[1];
      await waitFor("our route at BIRD", async () => await nextHop("bird0") === ":: fe80::a", { detail });
      await waitFor("and with both", async () => await nextHop("bird2") === "2001:db8:2::a fe80::a", { detail });
      const atFrr = async () => (await vtysh("show bgp ipv6 unicast 2001:db8:200::/48")).replaceAll(/\s+/g, " ");
      await waitFor("our route at FRR", async () => /2001:db8:1::a .*fe80::a/.test(await atFrr()), { detail });
      // What BIRD announced on its links goes on to FRR, and the session stays.
      await waitFor(
        "BIRD's route at FRR",
        async () => (await vtysh("show bgp ipv6 unicast")).includes("2001:db8:100::/48"),
      );
      assert.equal(
        rows("SELECT 1 FROM peer_events WHERE peer = 'fe80::b%eth1' AND kind = 'notification'").length,
        0,
        detail(),
      );

      await byAddress(bgpd, rows, birdc, detail);
    });
  },
});

/** Commands, the API, rows of `announcements`, views: an address with its zone is a peer everywhere. */
async function byAddress(
  bgpd: Bgpd,
  rows: (query: string) => string[],
  birdc: (command: string) => Promise<string>,
  detail: () => string,
): Promise<void> {
  assert.match(
    await ok(bgpd, "show", "peer", "fe80:0::B%eth1"),
    /^BGP neighbor is fe80::b%eth1,[^]*Remote address: fe80::b%eth1/,
  );
  assert.match(await ok(bgpd, "show", "peer", "fe80::b%eth2"), /^BGP neighbor is eth2,/);
  assert.match((await bgpd.command("show", "peer", "fe80::b")).stderr, /no peer fe80::b/);
  await ok(bgpd, "announce", "2001:db8:201::/48", "peer", "fe80::b%eth0");
  const seen = async (protocol: string) =>
    (await birdc(`show route 2001:db8:201::/48 protocol ${protocol}`)).includes("unicast");
  await waitFor("the route for one at BIRD", () => seen("bird0"), { detail });
  assert.equal(await seen("bird2"), false);
  assert.deepEqual(rows("SELECT prefix, peer FROM announcements"), ["2001:db8:201::/48 fe80::b%eth0"]);
  // A row may say the address of who is the one neighbour on a link.
  await bgpd.sqlite3("INSERT INTO announcements(prefix, peer) VALUES('2001:db8:202::/48', 'fe80::b%eth2')");
  await waitFor(
    "the row at BIRD",
    async () => (await birdc("show route 2001:db8:202::/48 protocol bird2")).includes("unicast"),
    { detail },
  );
  assert.match(await ok(bgpd, "show", "advertised", "fe80::b%eth1"), /2001:db8:200::\/48/);
  assert.equal(await ok(bgpd, "peer", "reset", "fe80::b%eth1"), "fe80::b%eth1 was reset\n");
  const events = () => rows("SELECT DISTINCT peer FROM peer_events WHERE kind = 'down'");
  await waitFor("the session with FRR to end", () => events().join() === "fe80::b%eth1", { detail });
  await waitFor(
    "the session with FRR to come back",
    () => rows("SELECT 1 FROM rib WHERE peer = 'fe80::b%eth1' AND prefix = '2001:db8:101::/48'").length === 1,
    { detail },
  );
  assert.deepEqual(events(), ["fe80::b%eth1"]);
}
