/**
 * BIRD, FRR, OpenBGPD and bgpd with the same VRPs, from one StayRTR: each of the three gets the same routes, marks them
 * with what it says of their origin, and sends them to bgpd, which compares the mark with its own state.
 */
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { Process } from "../support/process.ts";
import { type TestRoute, type TestVrp, updatesOf, vrpFile } from "../support/rpki_table.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { Bird } from "./peers/bird.ts";
import { Frr } from "./peers/frr.ts";
import { type PeerKind, type PeerOptions, startPeer } from "./peers/mod.ts";
import { OpenBgpd } from "./peers/openbgpd.ts";

const states = ["valid", "invalid", "not-found"] as const;
/** A community for each state. */
const mark = (i: number) => `65099:${i + 1}`;

interface Cache {
  readonly address: string;
  readonly port: number;
}

const daemons: readonly { kind: PeerKind; asn: number; options: (cache: Cache) => Partial<PeerOptions> }[] = [
  {
    kind: Bird,
    asn: 65101,
    options: ({ address, port }) => ({
      lines: {
        speaker: `roa4 table r4; roa6 table r6;
protocol rpki {
  roa4 { table r4; }; roa6 { table r6; };
  remote ${address} port ${port};
  retry keep 2; refresh keep 60; expire keep 600;
}`,
        sent: { ipv4: birdMarks("r4"), ipv6: birdMarks("r6") },
      },
    }),
  },
  {
    kind: Frr,
    asn: 65102,
    options: ({ address, port }) => ({
      args: ["-M", "rpki"],
      lines: {
        speaker: `rpki
 rpki polling_period 60
 rpki cache ${address} ${port} preference 1
exit
${
          ["valid", "invalid", "notfound"].map((state, i) =>
            `route-map mark permit ${10 * (i + 1)}\n match rpki ${state}\n set community ${mark(i)}\nexit`
          ).join("\n")
        }
route-map mark permit 100
exit`,
        family: "  PEER route-map mark out",
      },
    }),
  },
  {
    kind: OpenBgpd,
    asn: 65103,
    options: ({ address, port }) => ({
      lines: {
        speaker: `rtr ${address} { port ${port} }\n` +
          states.map((state, i) => `match from any ovs ${state} set community ${mark(i)}`).join("\n"),
      },
    }),
  },
];

function birdMarks(table: string): string {
  return `case roa_check(${table}, net, bgp_path.last) {
  ROA_VALID: bgp_community.add((${mark(0).replace(":", ",")}));
  ROA_INVALID: bgp_community.add((${mark(1).replace(":", ",")}));
  ROA_UNKNOWN: bgp_community.add((${mark(2).replace(":", ",")}));
}`;
}

export interface Classification {
  /** By the title of the daemon: its routes at bgpd, and those of which it says something else than bgpd. */
  readonly [title: string]: { readonly routes: number; readonly others: readonly string[] };
}

export async function classify(routes: readonly TestRoute[], vrps: readonly TestVrp[]): Promise<Classification> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "bgpd-rpki-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(`${folder}/vrps.json`, vrpFile(vrps));
  const address = loopback();
  const cache = { address, port: freePort(address) };
  const metrics = `${address}:${freePort(address)}`;
  const args = ["-bind", `${address}:${cache.port}`, "-metrics.addr", metrics, "-cache", `${folder}/vrps.json`];
  const stayrtr = new Process("stayrtr", { args: [...args, "-checktime=false", "-protocol", "1"] });
  stack.defer(async () => void await stayrtr.stop());

  const ours = { address: loopback(), port: 0, asn: 65000 };
  ours.port = freePort(ours.address);
  const nodes = daemons.map((daemon) => {
    const at = loopback();
    return { ...daemon, local: { address: at, port: freePort(at), asn: daemon.asn }, feeder: loopback() };
  });
  const bgpd = stack.use(
    await startBgpd({
      config: `router_id = "10.0.0.254"\ndefault_as = 65000\nbgp_socket = "${ours.address}:${ours.port}"
[[rpki_caches]]
address = "${cache.address}:${cache.port}"
${
        nodes.map(({ kind, local }) =>
          `[[peers]]
name = "${kind.title}"
remote_ip = "${local.address}"
remote_as = ${local.asn}
passive = true
`
        ).join("")
      }`,
    }),
  );
  const count = (query: string) => Number(bgpd.sql(query)[0]?.n ?? -1);
  await waitFor("all VRPs at bgpd", () => count("SELECT count(*) AS n FROM vrps") === vrps.length);
  for (const [i, { kind, local, feeder, options }] of nodes.entries()) {
    const feeders = [{ address: feeder, asn: 65001 }];
    const routerId = `10.0.0.${i + 1}`;
    const more = options(cache);
    const peer = stack.use(
      await startPeer(kind, { local, remote: ours, routerId, passive: false, routes: [], feeders, ...more }),
    );
    await peer.waitEstablished();
    await waitFor(`all VRPs at ${kind.title}`, async () => await vrpsAt(kind, peer) >= vrps.length, {
      intervalMs: 200,
    });
    const session = await ScriptedPeer.connect({ local: feeder, ...local, asn: 65001, keepaliveMs: 5000 });
    stack.defer(() => session.close());
    session.write(updatesOf(routes, 65001, "192.0.2.1"));
  }
  const result: Record<string, Classification[string]> = {};
  for (const { kind: { title } } of nodes) {
    const all = `SELECT count(*) AS n FROM rib WHERE peer = '${title}'`;
    await waitFor(`all routes of ${title}`, () => count(all) === routes.length, {
      intervalMs: 500,
      detail: () => `${count(all)} of ${routes.length}`,
    });
    const words = states.map((state, i) => `WHEN '${state}' THEN '${mark(i)}'`).join(" ");
    const others = bgpd.sql(
      `SELECT prefix || ' ' || as_path || ': ' || ovs || ', ' || coalesce(communities, 'no mark') AS text FROM rib
       WHERE peer = '${title}' AND communities IS NOT CASE ovs ${words} END ORDER BY prefix`,
    ).map(({ text }) => String(text));
    result[title] = { routes: routes.length, others };
  }
  return result;
}

/** How many VRPs a daemon has. */
async function vrpsAt(kind: PeerKind, peer: Awaited<ReturnType<typeof startPeer>>): Promise<number> {
  if (kind === Bird) {
    const said = await peer.ask("show route table r4 count", "show route table r6 count");
    return [...said.matchAll(/(\d+) of \d+ routes/g)].reduce((sum, [, n]) => sum + Number(n), 0);
  }
  if (kind === Frr) {
    const said = await peer.ask("show rpki prefix-table");
    const [ipv4, ipv6] = [/IPv4 Prefixes: (\d+)/, /IPv6 Prefixes: (\d+)/].map((form) => form.exec(said)?.[1] ?? 0);
    return Number(ipv4) + Number(ipv6);
  }
  // Its counts are those of prefixes with an AS; it reads all of them, or none.
  return /^ROA .* [1-9]/m.test(await peer.ask("show sets")) ? Infinity : 0;
}
