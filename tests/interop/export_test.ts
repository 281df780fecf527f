/**
 * bgpd passes routes on between BIRD, FRR, GoBGP and OpenBGPD: as route reflector, as route server, as transit; and by
 * default not at all. Each holds exactly what the others sent, with exactly the attributes the RFCs name, and tshark
 * finds nothing odd in what bgpd sent.
 */
import { routeServer, transit } from "./export/external.ts";
import { leak } from "./export/leak.ts";
import { reflector } from "./export/reflector.ts";
import { play } from "./export/scenes.ts";
import { canRun, routers } from "./star.ts";

const title = "bgpd between BIRD, FRR, GoBGP and OpenBGPD";

Deno.test({
  name: title,
  ignore: !canRun(title, routers, "tshark", "dumpcap"),
  fn: (t) =>
    play(t, {
      "route reflector: each holds what the others sent, until they take it back or die": reflector(),
      "route server: AS_PATH, NEXT_HOP and MED are the sender's": routeServer(),
      "transit: our AS, our address, no MED; no-export and no-advertise stay here": transit(),
      "by default: nothing learned from one reaches another": leak(),
    }),
});
