/**
 * The cost of the clients of a route server. Each client announces its share of a table, and a second client announces
 * half of the same prefixes. Each client takes the routes for it. The bench measures the time from bytes to decided
 * routes, the first tables, changes, and memory, in one thread and without sockets.
 *
 * Run with `deno run --allow-env --v8-flags=--max-old-space-size=16000,--expose-gc tests/bench/route_server_bench.ts
 * [clients] [routes] [best | per-client] [shared | each]`. The last two arguments: the selection for clients, and
 * whether all share one policy or each has its own, which rejects one route in twenty.
 */

import { parseConfig } from "../../src/config/mod.ts";
import { emptyAttributeSet, encodeAttributeSet, UpdateEncoder } from "../../src/message/mod.ts";
import { Rib } from "../../src/rib/mod.ts";
import { IPV4_UNICAST } from "../../src/types/mod.ts";
import { sessionOf } from "./rib_bench.ts";

const clients = Number(Deno.args[0] ?? 100);
const routes = Number(Deno.args[1] ?? 20_000);
const exportSelection = Deno.args[2] === "best" ? "best" : "per-client";
const each = Deno.args[3] === "each";
const changes = 500;
/** So many routes have one attribute set, and 20 sets one community that a client rejects. */
const perSet = 5;

const policies = Array.from({ length: each ? clients : 1 }, (_, i) =>
  `[[policies]]\nname = "to-${i}"
[[policies.rules]]\nmatch = { community = "65500:${
    i % 20
  }" }\naction = "reject"\n[[policies.rules]]\naction = "accept"\n`);
const parsed = parseConfig(`router_id = "10.0.0.1"\ndefault_as = 65000\n${policies.join("")}`);
if (parsed.kind === "errors") throw new Error(parsed.errors.map(({ message }) => message).join("; "));

const rib = new Rib({ routerId: 1, now: () => Date.now() });
rib.setPolicies(parsed.config.policies);
const contexts = Array.from({ length: clients }, (_, i) => ({ ...sessionOf(i), remoteRouterId: 0x0a000000 + i }));
contexts.forEach((context, i) => {
  const address = Uint8Array.of(10, 1, i >> 8, i & 255);
  const policy = `to-${each ? i : 0}`;
  rib.addPeer({ id: i + 1, address, export: [policy], routeServerClient: true, exportSelection });
  const localAddress = Uint8Array.of(10, 0, 0, 1);
  rib.sessionUp(i + 1, 1, { negotiated: context, localAddress, remoteAddress: address });
});

/** Routes `from` to `from + count - 1` from a client, as one of its sets; `length` of the path. */
function announce(client: number, from: number, count: number, length: number): void {
  const context = contexts[client]!;
  const encoder = new UpdateEncoder(context);
  for (let route = from; route < from + count; route++) {
    if (route % perSet === 0 || route === from) {
      const asns = [
        context.remoteAsn,
        ...new Array<number>(length - 1).fill(64_000 + Math.floor(route / perSet) % 400),
      ];
      const set = {
        ...emptyAttributeSet(),
        origin: 0 as const,
        asPath: [{ type: 2 as const, asns }],
        nextHop: Uint8Array.of(10, 1, client >> 8, client & 255),
        communities: [65500 * 65536 + Math.floor(route / perSet) % 20],
      };
      encoder.begin(encodeAttributeSet(set), IPV4_UNICAST);
    }
    encoder.add(0x14000000 + (route << 8), 0, 0, 0, 24, -1);
  }
  encoder.finish();
  if (encoder.size > 0) rib.ingest(client + 1, 1, encoder.take());
  rib.decide();
}

let octets = 0;
function takeAll(): void {
  for (let id = 1; id <= clients; id++) {
    for (let bytes = rib.pull(id, 1, 65_536); bytes !== undefined; bytes = rib.pull(id, 1, 65_536)) {
      octets += bytes.length;
    }
  }
}

function timed(what: string, work: () => void): void {
  const before = performance.now();
  work();
  const memory = `${(Deno.memoryUsage().rss / 1e6).toFixed(0)} MB resident`;
  console.log(`${what}: ${((performance.now() - before) / 1000).toFixed(2)} s, ${memory}`);
}

const share = Math.ceil(routes / clients);
console.log(`${clients} clients, ${routes} routes, ${exportSelection}, ${each ? "a policy each" : "one policy"}`);
timed("to decided", () => {
  for (let client = 0; client < clients; client++) announce(client, client * share, share, 2);
  for (let client = 0; client < clients; client++) {
    announce((client + 1) % clients, client * share, Math.floor(share / 2), 3);
  }
});
timed("first tables", takeAll);
const first = octets;
timed(`${changes} changes, a batch each, read by all`, () => {
  for (let i = 0; i < changes; i++) {
    announce(i % clients, (i % clients) * share + i % share, 1, 2 + (i >> 1) % 2);
    takeAll();
  }
});
(globalThis as { gc?: () => void }).gc?.();
const { outBytes, routes: held, sets } = rib.memory();
console.log(
  `${held} routes, ${sets} sets; Adj-RIBs-Out ${(outBytes / 1e6).toFixed(0)} MB; ${(first / 1e6).toFixed(0)} MB of ` +
    `first tables; ${(Deno.memoryUsage().rss / 1e6).toFixed(0)} MB resident`,
);
