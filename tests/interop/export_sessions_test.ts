/**
 * What bgpd and BIRD, FRR, GoBGP and OpenBGPD agree on beside plain announcing: ADD-PATH and route refresh, both ways.
 */
import { addPath } from "./export/add_path.ts";
import { refresh } from "./export/refresh.ts";
import { play } from "./export/scenes.ts";
import { canRun, routers } from "./star.ts";

const title = "bgpd with BIRD, FRR, GoBGP and OpenBGPD: ADD-PATH and route refresh";

Deno.test({
  name: title,
  ignore: !canRun(title, routers, "tshark", "dumpcap"),
  fn: (t) =>
    play(t, {
      "ADD-PATH: several paths in, all or the best two out, each withdrawn alone (RFC 7911)": addPath(),
      "route refresh: asked, asking, and unasked, between marks where both know them (RFC 2918, RFC 7313)": refresh(),
    }),
});
