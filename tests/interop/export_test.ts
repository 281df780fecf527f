/**
 * bgpd passes routes on between BIRD, FRR, GoBGP and OpenBGPD: as route reflector, as route server, as transit; and by
 * default not at all. Each holds exactly what the others sent, with exactly the attributes the RFCs name, and tshark finds
 * nothing odd in what bgpd sent.
 */
import assert from "node:assert/strict";
import { MessageType } from "../../src/message/mod.ts";
import { readCapture } from "../support/capture.ts";
import { testContext, viewUpdate } from "../support/update_view.ts";
import { concurrently } from "../support/steps.ts";
import { ensureBgpd } from "../support/bgpd.ts";
import { Capture } from "./capture.ts";
import { missingPrograms } from "./peers/mod.ts";
import { canRun, routers } from "./star.ts";
import { leak } from "./export/leak.ts";
import { reflector } from "./export/reflector.ts";
import { routeServer, transit } from "./export/external.ts";

const title = "bgpd between BIRD, FRR, GoBGP and OpenBGPD";

Deno.test({
  name: title,
  ignore: !canRun(title, routers, "tshark", "dumpcap"),
  async fn(t) {
    assert.deepEqual(missingPrograms(routers.flatMap((kind) => kind.programs)), [], "all of them are required here");
    await ensureBgpd();
    const scenes = [
      { title: "route reflector: each holds what the others sent, until they take it back or die", ...reflector() },
      { title: "route server: AS_PATH, NEXT_HOP and MED are the sender's", ...routeServer() },
      { title: "transit: our AS, our address, no MED; no-export and no-advertise stay here", ...transit() },
      { title: "by default: nothing learned from one reaches another", ...leak() },
    ];
    const silent = scenes.at(-1)!.star;
    const ports = scenes.flatMap(({ star }) => star.ports);
    const folder = await Deno.makeTempDir({ prefix: "capture-" });
    const capture = await Capture.start(`${folder}/all.pcapng`, ports);
    try {
      try {
        await concurrently(
          t,
          scenes.length,
          scenes.map(({ title, star, run }) => ({
            title,
            async run() {
              await using _ = star;
              await run();
            },
          })),
        );
      } finally {
        await capture.stop();
      }
      await t.step("tshark finds nothing odd in what bgpd sent", async () => {
        const sent = ports.map((port) => `tcp.srcport == ${port}`).join(" || ");
        const streams = new Set(await capture.fields(`(${sent}) && bgp.type == 2`, "tcp.stream"));
        assert.ok(
          streams.size >= scenes.length * routers.length,
          `only ${streams.size} connections with UPDATEs of bgpd`,
        );
        assert.deepEqual(await capture.oddities(sent), []);
      });
      await t.step("by default: nothing learned was sent, not for a moment", async () => {
        const prefixes = new Set<string>();
        for (const { stream, type, bytes } of readCapture(await Deno.readFile(capture.file), silent.ports)) {
          if (type !== MessageType.update || !stream.startsWith(`${silent.ours.address}:${silent.ours.port} >`)) {
            continue;
          }
          const { parts, withdrawn } = viewUpdate(bytes, testContext());
          for (const { prefix } of [...withdrawn, ...parts.flatMap(({ announced }) => announced)]) prefixes.add(prefix);
        }
        assert.deepEqual([...prefixes].sort(), ["198.51.100.0/24", "203.0.113.0/24"]);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
