import { negotiated, table } from "./rib_bench.ts";
import { Rib } from "../../src/rib/mod.ts";
import { parseConfig } from "../../src/config/mod.ts";
const text = (await Deno.readTextFile("tests/bench/policy_bench.ts")).split("const text = `")[1]!.split("`;")[0]!
  .replace("${JSON.stringify(bogons)}", '["10.0.0.0/8 le 32"]').replace("${many}", '"1.0.0.0/16"');
const r = parseConfig(text);
if (r.kind !== "config") throw 1;
const batches = table(1);
const chain = Deno.args[0] === "all" ? "all" as const : [Deno.args[0]!];
for (let i = 0; i < 6; i++) {
  const rib = new Rib({ routerId: 1, now: () => Date.now() });
  rib.setPolicies(r.config.policies);
  rib.addPeer({ id: 1, address: Uint8Array.of(192, 0, 2, 1), import: chain });
  rib.sessionUp(1, 1, {
    negotiated: negotiated(1),
    localAddress: Uint8Array.of(192, 0, 2, 100),
    remoteAddress: Uint8Array.of(192, 0, 2, 1),
  });
  for (const b of batches) {
    rib.ingest(1, 1, b);
    rib.decide();
  }
}
