/**
 * Rules between ASes with other daemons: which routes a peer gets by role (RFC 9234) and by policy (RFC 8212), what
 * members of a confederation send each other (RFC 5065), and paths that export rules change.
 */
import { confederation, madeUpPaths } from "./export/confederation.ts";
import { play } from "./export/scenes.ts";
import { policiesScene, rolesScene } from "./export/valley.ts";
import { canRun, routers } from "./star.ts";

const title = "between providers, peers, customers and members of a confederation";

Deno.test({
  name: title,
  ignore: !canRun(title, routers, "tshark", "dumpcap"),
  fn: (t) =>
    play(t, {
      "RFC 9234 §5: by role no route of a provider or peer reaches another one": rolesScene(),
      "RFC 8212 §2: nor by policies under strict rules": policiesScene(),
      "RFC 5065 §4.1: FRR as the other member of our confederation, BIRD outside": confederation(),
      "paths as BIRD and FRR see them: no private ASNs, one AS overridden, AIGP (RFC 7311)": madeUpPaths(),
    }),
});
