/**
 * bgpd against the five: each daemon × iBGP/eBGP × both dial directions × IPv4/IPv6 transport. In every cell the
 * session is Established; routes of both families with communities of all three kinds stand in `rib`, and a withdrawn
 * one goes; static routes of ours reach the peer. Then all that ends a session: the peer is killed and started again,
 * it stops answering and goes on, it shuts the session down and takes it up again, and we do. tshark finds nothing odd
 * in what bgpd sent.
 */
import assert from "node:assert/strict";
import { type Bgpd, ensureBgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { concurrently } from "../support/steps.ts";
import { waitFor, type WaitOptions } from "../support/wait.ts";
import { Capture, sentFrom } from "./capture.ts";
import {
  type Endpoint,
  isV6,
  missingPrograms,
  type Peer,
  type PeerKind,
  peerKinds,
  type PeerRoute,
  peersRequired,
  startPeer,
} from "./peers/mod.ts";
import { comparable, sampleRoutes } from "./routes.ts";

/** At once: enough to overlap their waiting, few enough for two cores. */
const concurrency = 12;

/** Short, as a cell waits for it once; long enough for a machine that has two dozen daemons to run. */
const holdTimeSeconds = 9;

interface Cell {
  readonly internal: boolean;
  readonly bgpdDials: boolean;
  readonly ours: Endpoint;
  readonly theirs: Endpoint;
}

function cells(): Cell[] {
  const found: Cell[] = [];
  for (const internal of [true, false]) {
    for (const bgpdDials of [true, false]) {
      for (const transport of ["IPv4", "IPv6"]) {
        const endpoint = (asn: number): Endpoint => {
          const address = transport === "IPv4" ? loopback() : "::1";
          return { address, port: freePort(address), asn };
        };
        found.push({ internal, bgpdDials, ours: endpoint(65000), theirs: endpoint(internal ? 65000 : 65001) });
      }
    }
  }
  return found;
}

function titleOf({ internal, bgpdDials, ours }: Cell): string {
  const transport = isV6(ours.address) ? "IPv6" : "IPv4";
  return `${internal ? "iBGP" : "eBGP"}, ${bgpdDials ? "bgpd dials" : "bgpd is dialled"}, over ${transport}`;
}

/** The daemons that are here; without BGPD_REQUIRE_PEERS=1 the others are left out, which is said. */
const present = peerKinds.filter((kind) => {
  const missing = missingPrograms([...kind.programs, "tshark", "dumpcap"]);
  if (missing.length === 0 || peersRequired) return true;
  console.error(`SKIPPED: bgpd and ${kind.title}: not installed: ${missing.join(", ")}`);
  return false;
});

Deno.test({
  name: "bgpd and five daemons: sessions come and go, routes both ways, nothing malformed",
  ignore: present.length === 0,
  fn: matrix,
});

async function matrix(t: Deno.TestContext): Promise<void> {
  for (const { title, programs } of present) {
    assert.deepEqual(missingPrograms(programs), [], `${title} is required here`);
  }
  await ensureBgpd();
  // One of each daemon after the other: they wait at different times.
  const columns = present.map((kind) => cells().map((cell) => ({ kind, cell })));
  const all = columns[0]!.flatMap((_, i) => columns.map((column) => column[i]!));
  const [ourPorts, theirPorts] = [all.map(({ cell }) => cell.ours.port), all.map(({ cell }) => cell.theirs.port)];
  const folder = await Deno.makeTempDir({ prefix: "capture-" });
  try {
    const capture = await Capture.start(`${folder}/all.pcapng`, [...ourPorts, ...theirPorts]);
    try {
      const cases = all.map(({ kind, cell }) => ({
        title: `${kind.title}: ${titleOf(cell)}`,
        run: () => exchange(kind, cell),
      }));
      await concurrently(t, concurrency, cases);
    } finally {
      await capture.stop();
    }
    await t.step("tshark finds nothing odd in what bgpd sent", async () => {
      const sent = sentFrom(ourPorts, theirPorts);
      // There was something to look at: an UPDATE of ours in each cell.
      const streams = new Set(await capture.fields(`(${sent}) && bgp.type == 2`, "tcp.stream"));
      assert.ok(streams.size >= all.length, `only ${streams.size} connections with UPDATEs of bgpd`);
      assert.deepEqual(await capture.oddities(sent), []);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What bgpd announces, in the words of its configuration. */
const ourRoutes = sampleRoutes(200, 65000);

function configure({ ours, theirs, bgpdDials }: Cell): string {
  const quote = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
  const staticRoute = (route: PeerRoute) => `
[[peers.static_routes]]
prefix = "${route.prefix}"
next_hop = "${route.nextHop}"
communities = ${quote(route.communities)}
large_communities = ${quote(route.largeCommunities)}
ext_communities = ${quote(route.extCommunities)}
`;
  return `router_id = "10.0.0.254"
default_as = ${ours.asn}
bgp_socket = "${isV6(ours.address) ? `[${ours.address}]` : ours.address}:${ours.port}"
database = "bgpd.db"
poll_interval = 1

[[peers]]
remote_ip = "${theirs.address}"
remote_as = ${theirs.asn}
local_ip = "${ours.address}"
dest_port = ${theirs.port}
passive = ${!bgpdDials}
families = ["ipv4 unicast", "ipv6 unicast"]
${ourRoutes.map(staticRoute).join("")}`;
}

async function exchange(kind: PeerKind, cell: Cell): Promise<void> {
  const routes = sampleRoutes(1, cell.theirs.asn);
  const passive = cell.bgpdDials;
  const peerOptions = { local: cell.theirs, remote: cell.ours, routerId: "10.0.0.1", passive, routes, holdTimeSeconds };
  // Whoever is dialled stands first.
  await using stack = new AsyncDisposableStack();
  let peer: Peer, bgpd: Bgpd;
  if (cell.bgpdDials) {
    peer = stack.use(await startPeer(kind, peerOptions));
    bgpd = stack.use(await startBgpd({ config: configure(cell) }));
  } else {
    bgpd = stack.use(await startBgpd({ config: configure(cell) }));
    peer = stack.use(await startPeer(kind, peerOptions));
  }
  const detail = () => `${bgpd.process.log()}\n${peer.log}`;
  const patience = { detail, while: () => bgpd.process.running && peer.process.running };

  await peer.waitEstablished(patience);
  const state = () => bgpd.sql("SELECT state FROM peer_status WHERE peer = ?", cell.theirs.address)[0]?.state;
  await waitFor("Established in peer_status", () => state() === "Established", patience);

  // Theirs stand in rib.
  const found = await waitFor("all routes in rib", () => {
    const rows = ribRoutes(bgpd, cell);
    return rows.length === routes.length && rows;
  }, patience);
  const path = cell.internal ? "" : String(cell.theirs.asn);
  const byPrefix = (a: { prefix: string }, b: { prefix: string }) => a.prefix < b.prefix ? -1 : 1;
  const expected = routes.map((route) => ({ ...comparable(route), asPath: path })).sort(byPrefix);
  assert.deepEqual(found.sort(byPrefix), expected, detail());

  const others = bgpd.sql("SELECT as_path, best FROM rib WHERE ineligible IS NOT NULL");
  assert.ok(others.every((row) => `${row.as_path}`.includes(String(cell.ours.asn)) && row.best === 0), detail());

  // Ours reach the peer.
  for (const route of ourRoutes) {
    const received = await peer.waitReceived(route.prefix, patience);
    const asPath = cell.internal ? "" : String(cell.ours.asn);
    assert.deepEqual(comparable(received), { ...comparable(route), asPath }, detail());
  }

  // A withdrawn one goes, one of each family stays.
  await peer.announce(routes.slice(1));
  const left = routes.slice(1).map(({ prefix }) => prefix).sort().join();
  const inRib = () => ribRoutes(bgpd, cell).map(({ prefix }) => prefix).sort().join();
  await waitFor("the withdrawn route to leave rib, and no other", () => inRib() === left, patience);

  await comesAndGoes(kind, cell, peer, bgpd, patience);
}

/** Every way to end a session, each but the last followed by its return. */
async function comesAndGoes(kind: PeerKind, cell: Cell, peer: Peer, bgpd: Bgpd, patience: WaitOptions): Promise<void> {
  const { routes } = peer.options;
  const logged = (pattern: RegExp) => {
    const from = bgpd.process.stderr.length;
    const find = () => bgpd.process.stderr.slice(from).some((line) => pattern.test(line));
    return (what: string) => waitFor(what, find, patience);
  };
  const gone = (why: string) => waitFor(`routes to go: ${why}`, () => ribRoutes(bgpd, cell).length === 0, patience);
  const back = async (count: number) => {
    await peer.waitEstablished(patience);
    await waitFor("routes to come back", () => ribRoutes(bgpd, cell).length === count, patience);
  };

  // It is killed and started again.
  const down = logged(/session down/);
  await peer.restart();
  await down("the loss of the session");
  await back(routes.length);

  // It stops answering (RFC 4271 §6.5), and goes on later.
  const expired = logged(/sent NOTIFICATION Hold Timer Expired/);
  peer.signal("SIGSTOP");
  try {
    await expired("the hold timer to expire");
    await gone("the hold timer expired");
  } finally {
    peer.signal("SIGCONT");
  }
  await back(routes.length);

  // It shuts the session down with a reason (RFC 9003), and takes it up again.
  // Where both sides know that a NOTIFICATION need not end what is known, this one says that it does (RFC 8538 §3.1).
  const reason = kind.givesReason ? ': "maintenance"' : "";
  // Asked while it still sends its first routes, ExaBGP hangs up without a word.
  const hasAll = () => bgpd.sql("SELECT 1 FROM peer_status WHERE eor_at IS NOT NULL").length === 1;
  if (kind.title === "ExaBGP") await waitFor("End-of-RIB", hasAll, patience);
  const inLog = logged(
    new RegExp(`received NOTIFICATION Cease / (Hard Reset: Cease / )?Administrative Shutdown${reason}`),
  );
  const lost = logged(
    new RegExp(`session down: received Cease / (Hard Reset: Cease / )?Administrative Shutdown${reason}`),
  );
  await peer.shutdown("maintenance");
  await inLog("its NOTIFICATION");
  await lost("the end of the session");
  const events = () =>
    bgpd.sql("SELECT text FROM peer_events WHERE kind = 'notification'").map(({ text }) => `${text}`);
  const kept = () => events().some((text) => text.includes(`Administrative Shutdown${reason}`));
  await waitFor("its NOTIFICATION in peer_events", kept, patience);
  await peer.enable();
  await back(routes.length);

  // We go, and it hears why.
  assert.equal(await bgpd.stop(), 0, bgpd.process.log());
  await waitFor("what we said at the end", () => kind.shutdownReceived.test(peer.words), { detail: () => peer.log });
}

function ribRoutes(bgpd: Bgpd, { theirs }: Cell) {
  // FRR sends an eBGP peer its own routes back; they stand in rib too, but cannot be best.
  const query = `SELECT prefix, next_hop, as_path, communities, large_communities, ext_communities FROM rib
    WHERE peer = ? AND ineligible IS NULL`;
  const words = (value: unknown) => String(value ?? "").split(" ").filter((word) => word !== "");
  return bgpd.sql(query, theirs.address).map((row) =>
    comparable({
      prefix: String(row.prefix),
      nextHop: String(row.next_hop),
      asPath: String(row.as_path ?? ""),
      communities: words(row.communities),
      largeCommunities: words(row.large_communities),
      extCommunities: words(row.ext_communities),
    })
  );
}
