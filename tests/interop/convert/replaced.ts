/**
 * A router between two neighbours, first as itself and then replaced by bgpd with the converted configuration:
 *
 *     upstream (BIRD) ── the router ── downstream (BIRD)
 *
 * Both neighbours must see the same routes with the same attributes in both cases.
 */
import assert from "node:assert/strict";
import { type Bgpd, bgpdPath, ensureBgpd, startBgpd } from "../../support/bgpd.ts";
import { freePort, loopback } from "../../support/net.ts";
import { Process, run } from "../../support/process.ts";
import { waitFor } from "../../support/wait.ts";
import { Bird } from "../peers/bird.ts";
import { type Endpoint, type Peer, type PeerRoute, type ReceivedRoute, startPeer } from "../peers/mod.ts";

/** The places of the three. */
export interface Places {
  readonly router: Endpoint;
  readonly upstream: Endpoint;
  readonly downstream: Endpoint;
}

export interface Replaced {
  readonly language: "bird" | "frr";
  /** AS numbers: the router and its neighbours. */
  readonly asns: readonly [router: number, upstream: number, downstream: number];
  readonly upstreamRoutes: readonly PeerRoute[];
  readonly downstreamRoutes: readonly PeerRoute[];
  /** The configuration of the router. */
  config(places: Places): string;
  /** FRR: what is converted is the answer to `show running-config`, from standard input. */
  readonly fromRunning?: boolean;
  /** How many routes each neighbour gets from the router. */
  readonly expected: { readonly upstream: number; readonly downstream: number };
}

/** What both neighbours have from the router. */
interface Seen {
  readonly upstream: readonly unknown[];
  readonly downstream: readonly unknown[];
}

/** Plays the scene with the router itself, then with bgpd, and compares what the neighbours saw. */
export async function playReplaced(scene: Replaced): Promise<void> {
  await ensureBgpd();
  const [routerAsn, upstreamAsn, downstreamAsn] = scene.asns;
  const endpoint = (asn: number): Endpoint => {
    const address = loopback();
    return { address, port: freePort(address), asn };
  };
  const places = { router: endpoint(routerAsn), upstream: endpoint(upstreamAsn), downstream: endpoint(downstreamAsn) };
  const folder = await Deno.makeTempDir({ prefix: "convert-" });
  try {
    await Deno.chmod(folder, 0o755);
    const file = `${folder}/router.conf`;
    await Deno.writeTextFile(file, scene.config(places));
    await Deno.writeTextFile(`${folder}/vtysh.conf`, "");
    let running = "";
    const original = await seen(scene, places, () => startRouter(scene.language, folder, places.router), async () => {
      if (scene.fromRunning === true) running = await runningConfig(folder);
    });
    assert.deepEqual([original.upstream.length, original.downstream.length], [
      scene.expected.upstream,
      scene.expected.downstream,
    ], JSON.stringify(original, undefined, 1));
    if (scene.fromRunning === true) await Deno.writeTextFile(file, running);
    const input = scene.fromRunning === true ? `- < ${file}` : file;
    const { code, stdout, stderr } = await run("sh", ["-c", `${bgpdPath} convert ${scene.language} ${input}`]);
    assert.equal(code, 0, stderr);
    const { address, port } = places.router;
    const replacement = await seen(
      scene,
      places,
      async () => stopping(await startBgpd({ config: stdout, args: ["-a", address, "-p", String(port)] })),
    );
    assert.deepEqual(replacement, original, stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What stands between the neighbours. */
interface Router extends AsyncDisposable {
  log(): string;
}

function stopping(bgpd: Bgpd): Router {
  return { log: () => bgpd.process.log(), [Symbol.asyncDispose]: () => bgpd[Symbol.asyncDispose]() };
}

async function startRouter(language: "bird" | "frr", folder: string, place: Endpoint): Promise<Router> {
  const { address, port } = place;
  const file = `${folder}/router.conf`;
  const process = language === "bird"
    ? new Process("bird", { args: ["-f", "-c", file, "-s", `${folder}/bird.ctl`, "-P", `${folder}/bird.pid`] })
    : new Process("/usr/lib/frr/bgpd", {
      args: ["-f", file, "-p", String(port), "-l", address, "-n", "-Z", "-S", "-P", "0"].concat(
        ["--vty_socket", folder, "-i", `${folder}/bgpd.pid`, "-N", `router${port}`, "--log", "stdout"],
      ),
    });
  await Promise.resolve();
  return { log: () => process.log(), [Symbol.asyncDispose]: async () => void await process.stop() };
}

async function runningConfig(folder: string): Promise<string> {
  const flags = ["--vty_socket", folder, "--config_dir", folder, "-d", "bgpd"];
  return (await run("vtysh", [...flags, "-c", "show running-config"])).stdout;
}

/** `meanwhile`: once the neighbours have all routes. */
async function seen(
  scene: Replaced,
  places: Places,
  start: () => Promise<Router>,
  meanwhile?: () => Promise<void>,
): Promise<Seen> {
  await using router = await start();
  const neighbour = (local: Endpoint, routes: readonly PeerRoute[], id: string) =>
    startPeer(Bird, { local, remote: places.router, routerId: id, passive: false, routes });
  await using upstream = await neighbour(places.upstream, scene.upstreamRoutes, "10.0.0.1");
  await using downstream = await neighbour(places.downstream, scene.downstreamRoutes, "10.0.0.2");
  const detail = () => [upstream.log, downstream.log, router.log()].join("\n");
  await Promise.all([upstream.waitEstablished({ detail }), downstream.waitEstablished({ detail })]);
  const result = {
    upstream: await received(upstream, scene.expected.upstream, detail),
    downstream: await received(downstream, scene.expected.downstream, detail),
  };
  await meanwhile?.();
  return result;
}

/** Everything that a neighbour has from the router, once it is as many routes as expected. */
async function received(peer: Peer, count: number, detail: () => string): Promise<readonly unknown[]> {
  let routes: readonly ReceivedRoute[] = [];
  try {
    await waitFor("the routes", async () => {
      routes = await peer.received();
      return routes.length === count;
    }, { timeoutMs: 15_000, detail });
  } catch {
    // Other routes than expected: the comparison shows them.
  }
  return routes.map(plain).toSorted((a, b) => a.prefix < b.prefix ? -1 : 1);
}

function plain(route: ReceivedRoute) {
  const { prefix, nextHop, asPath, origin, med, localPref, communities, largeCommunities, extCommunities } = route;
  const sorted = (texts: readonly string[]) => texts.toSorted();
  return {
    prefix,
    nextHop,
    asPath,
    origin,
    med,
    localPref,
    communities: sorted(communities),
    largeCommunities: sorted(largeCommunities),
    extCommunities: sorted(extCommunities),
  };
}
