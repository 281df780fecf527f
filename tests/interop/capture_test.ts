/** The canary of the wire check: tshark finds a wrong message, and finds nothing in a right one. */
import assert from "node:assert/strict";
import { run } from "../support/process.ts";
import { missingPrograms, peersRequired } from "./peers/mod.ts";
import { oddities } from "./capture.ts";

const missing = missingPrograms(["tshark", "text2pcap"]);
const ignore = missing.length > 0 && !peersRequired;
if (ignore) console.error(`SKIPPED: the canary of the wire check: not installed: ${missing.join(", ")}`);

const marker = "ff".repeat(16);
/** UPDATE with ORIGIN igp, AS_PATH empty, NEXT_HOP 192.0.2.1, LOCAL_PREF 100, for 203.0.113.0/24. */
const attributes = ["40010100", "400200", "400304c0000201", "40050400000064"].join("");
const update = `${marker}003002${"0000"}0015${attributes}18cb0071`;
const broken = update.replace("18cb0071", "ffcb0071");

async function check(hex: string): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    const bytes = hex.match(/../g)!.join(" ");
    await Deno.writeTextFile(`${folder}/hex`, `0000 ${bytes}\n`);
    await run("text2pcap", ["-q", "-T", "1790,1791", `${folder}/hex`, `${folder}/pcap`]);
    return (await oddities(`${folder}/pcap`, [1790], "tcp.srcport == 1790")).map(({ message }) => message);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "tshark finds a prefix length of 255, and nothing in the same message with 24",
  ignore,
  async fn() {
    assert.deepEqual(await check(update), []);
    assert.equal((await check(broken)).length, 1);
  },
});
