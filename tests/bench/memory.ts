/** What the RIB needs for a further route and for an attribute set. */

import { DatabaseRig } from "./database_rig.ts";
import type { Scenario } from "./scenario.ts";

/** What a RIB of its own counts: columns of routes, and sets with their index, for the second of two peers. */
export const memory: Scenario = {
  name: "memory",
  title: "memory of the RIB per further route and per attribute set",
  senders: 0,
  sinks: 0,
  ownOnly: true,
  run(bench) {
    const rig = new DatabaseRig(`${bench.daemon.options.folder}/memory.db`, bench.table, true, Date.now());
    rig.load(1);
    const one = rig.rib.memory();
    rig.load(2);
    const two = rig.rib.memory();
    rig.writer.close();
    bench.set("route_bytes", (two.routeBytes - one.routeBytes) / (two.routes - one.routes));
    bench.set("set_bytes", two.setBytes / two.sets);
    return Promise.resolve();
  },
};
