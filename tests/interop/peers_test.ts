/**
 * The drivers themselves: each daemon exchanges routes with BIRD, so that a failure of the matrix points at bgpd and
 * not at the harness.
 */
import assert from "node:assert/strict";
import { freePort, loopback } from "../support/net.ts";
import { waitFor } from "../support/wait.ts";
import { type Endpoint, missingPrograms, peerKinds, type PeerOptions, peersRequired, startPeer } from "./peers/mod.ts";
import { comparable, sampleRoutes } from "./routes.ts";

const [bird] = peerKinds;

for (const kind of peerKinds) {
  const missing = missingPrograms([...bird!.programs, ...kind.programs]);
  const title = `${kind.title} and BIRD hold each other's routes`;
  const ignore = missing.length > 0 && !peersRequired;
  if (ignore) console.error(`SKIPPED: ${title}: not installed: ${missing.join(", ")}`);
  Deno.test({ name: title, ignore, fn: () => exchange(kind) });
}

async function exchange(kind: typeof peerKinds[number]): Promise<void> {
  const endpoint = (asn: number): Endpoint => {
    const address = loopback();
    return { address, port: freePort(address), asn };
  };
  const [ours, theirs] = [endpoint(65001), endpoint(65002)];
  const [ourRoutes, theirRoutes] = [sampleRoutes(1, 65001), sampleRoutes(2, 65002)];
  const one: PeerOptions = { local: ours, remote: theirs, routerId: "10.0.0.1", passive: false, routes: ourRoutes };
  const two: PeerOptions = {
    local: theirs,
    remote: ours,
    routerId: "10.0.0.2",
    passive: true,
    routes: theirRoutes,
  };
  // Whoever is dialled stands first.
  await using other = await startPeer(bird!, two);
  await using peer = await startPeer(kind, one);
  await peer.waitEstablished();
  await other.waitEstablished();
  for (const [holder, sender, routes] of [[other, 65001, ourRoutes], [peer, 65002, theirRoutes]] as const) {
    for (const route of routes) {
      const received = await holder.waitReceived(route.prefix);
      assert.deepEqual(comparable(received), { ...comparable(route), asPath: String(sender) }, holder.log);
    }
  }
  await peer.announce(ourRoutes.slice(1));
  await waitFor("the withdraw", async () => {
    const prefixes = (await other.received()).map((route) => route.prefix);
    return !prefixes.includes(ourRoutes[0]!.prefix) && prefixes.includes(ourRoutes[1]!.prefix);
  }, { detail: () => peer.log });
}
