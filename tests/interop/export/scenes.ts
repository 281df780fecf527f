/** Several stars in one test: beside each other, under one capture, with a look at the wire when all is over. */
import assert from "node:assert/strict";
import { ensureBgpd } from "../../support/bgpd.ts";
import { type CapturedMessage, readCapture } from "../../support/capture.ts";
import { concurrently } from "../../support/steps.ts";
import { Capture } from "../capture.ts";
import { missingPrograms } from "../peers/mod.ts";
import { routers, type Star } from "../star.ts";

export interface Scene {
  readonly star: Star;
  run(): Promise<void>;
  /** What was to be seen on the wire: every message of the scene, in order. */
  check?(messages: readonly CapturedMessage[]): void;
}

export async function play(t: Deno.TestContext, scenes: Readonly<Record<string, Scene>>): Promise<void> {
  assert.deepEqual(missingPrograms(routers.flatMap((kind) => kind.programs)), [], "all of them are required here");
  await ensureBgpd();
  const list = Object.entries(scenes);
  const ports = list.flatMap(([, { star }]) => star.ports);
  const folder = await Deno.makeTempDir({ prefix: "capture-" });
  try {
    const capture = await Capture.start(`${folder}/all.pcapng`, ports);
    const done = new Set<Scene>();
    try {
      await concurrently(
        t,
        list.length,
        list.map(([title, scene]) => ({
          title,
          async run() {
            await using _ = scene.star;
            await scene.run();
            await scene.star.stop();
            done.add(scene);
          },
        })),
      );
    } finally {
      await capture.stop();
    }
    await t.step("tshark finds nothing odd in what bgpd sent", async () => {
      const sent = ports.map((port) => `tcp.srcport == ${port}`).join(" || ");
      const rays = list.reduce((sum, [, { star }]) => sum + star.nodes.length, 0);
      const streams = new Set(await capture.fields(`(${sent}) && bgp.type == 2`, "tcp.stream"));
      assert.ok(streams.size >= rays, `only ${streams.size} connections with UPDATEs of bgpd`);
      assert.deepEqual(await capture.oddities(sent), []);
    });
    for (const [title, scene] of list) {
      if (scene.check === undefined || !done.has(scene)) continue;
      await t.step(`on the wire: ${title}`, async () => {
        scene.check!(readCapture(await Deno.readFile(capture.file), scene.star.ports));
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** One direction of the session with the peer at this address. */
export function direction(
  messages: readonly CapturedMessage[],
  from: { readonly address: string },
  to: { readonly address: string },
): CapturedMessage[] {
  return messages.filter(({ stream }) => {
    const [source, target] = stream.split(" > ");
    return source!.startsWith(`${from.address}:`) && target!.startsWith(`${to.address}:`);
  });
}
