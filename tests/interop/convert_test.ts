/** `bgpd convert` with the real daemons: they accept the same files, and bgpd takes their place. */
import assert from "node:assert/strict";
import { run } from "../support/process.ts";
import { playReplaced } from "./convert/replaced.ts";
import { birdEdge, birdInside, birdRouteServer, frrEdge, frrInside, frrRouteServer } from "./convert/scenes.ts";
import { missingPrograms, peersRequired } from "./peers/mod.ts";

const missing = missingPrograms(["bird", "birdc", "/usr/lib/frr/bgpd", "vtysh"]);
const ignore = missing.length > 0 && !peersRequired;
if (ignore) console.error(`SKIPPED: bgpd in the place of BIRD and FRR: not installed: ${missing.join(", ")}`);

const examples = new URL("../golden/convert/", import.meta.url);

Deno.test({
  name: "BIRD and FRR accept the files of the golden conversions",
  ignore,
  fn: async () => {
    for (const { name } of Deno.readDirSync(examples)) {
      // The file for ExaBGP names programs that are not here, and ExaBGP refuses it for that.
      if (!name.endsWith(".conf") || name.startsWith("exabgp")) continue;
      const file = decodeURIComponent(new URL(name, examples).pathname);
      const [program, args] = name.startsWith("bird")
        ? ["bird", ["-p", "-c", file]] as const
        : ["vtysh", ["-C", "-f", file]] as const;
      const { code, stderr } = await run(program, args);
      assert.deepEqual([name, code, stderr], [name, 0, ""]);
    }
  },
});

const scenes = {
  "BIRD at the edge, with functions, sets and nested branches": birdEdge,
  "BIRD with an internal peer": birdInside,
  "FRR at the edge, with lists of every kind": frrEdge,
  "FRR as a reflector": frrInside,
  "BIRD as a route server, both families": birdRouteServer,
  "FRR as a route server": frrRouteServer,
};

for (const [title, scene] of Object.entries(scenes)) {
  Deno.test({
    name: `bgpd in the place of a router: its neighbours see the same routes: ${title}`,
    ignore,
    fn: () => playReplaced(scene),
  });
}
