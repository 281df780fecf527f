/**
 * More than thirty mistakes in configurations: `bgpd check` and `bgpd run` refuse each with the same message, which
 * says what is wrong and what to do.
 */
import assert from "node:assert/strict";
import { bgpdPath, startBgpd } from "../support/bgpd.ts";
import { configHead } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { concurrently } from "../support/steps.ts";
import { type MistakeCase, mistakeFiles, thirtyMistakes } from "../support/thirty_mistakes.ts";

Deno.test("each mistake is refused by check and by run, in the same words, with what to do", async (t) => {
  using busy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = loopback();
  await using other = await startBgpd({ config: configHead({ address, port: freePort(address) }) });
  const folder = await Deno.makeTempDir({ prefix: "bgpd-mistakes-" });
  try {
    const { port: busyPort } = busy.addr as Deno.NetAddr;
    // Each has a port of its own, as they are checked at the same time.
    const all = () => thirtyMistakes({ port: freePort("127.0.0.1"), busyPort, takenDatabase: other.database });
    const cases = all().map((_, i) => all()[i]!);
    assert.ok(cases.length >= 30);
    await concurrently(
      t,
      3,
      cases.map((each, i) => ({ title: each.title, run: () => refused(`${folder}/${i}`, each) })),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function refused(folder: string, { config, says }: MistakeCase): Promise<void> {
  await Deno.mkdir(folder);
  await mistakeFiles(folder);
  await Deno.writeTextFile(`${folder}/bgpd.toml`, config);
  const inFolder = { cwd: folder, env: { NO_COLOR: "1" } };
  const checked = await run(bgpdPath, ["check", "bgpd.toml"], inFolder);
  const ran = await run(bgpdPath, ["bgpd.toml"], inFolder);
  assert.deepEqual([checked.code, ran.code], [1, 1], checked.stderr + ran.stderr);
  for (const text of says) assert.match(checked.stderr, text);
  // The command adds how many errors the file has, and leaves out the name of the program.
  const message = (text: string) => text.replaceAll(/^bgpd: /gm, "").replace(/^bgpd\.toml has \d+ errors?\n/m, "");
  assert.equal(message(checked.stderr), message(ran.stderr));
}
