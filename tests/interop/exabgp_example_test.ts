/**
 * The files of examples/exabgp, unchanged: ExaBGP announces a route, and plain `sqlite3` finds it in bgpd.db. The
 * addresses and the port are those of the examples, so the tests run one after the other.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { startBgpd } from "../support/bgpd.ts";
import { Process } from "../support/process.ts";
import { waitFor } from "../support/wait.ts";
import { missingPrograms, peersRequired } from "./peers/mod.ts";

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));

const missing = missingPrograms(["exabgp", "sqlite3"]);
const ignore = missing.length > 0 && !peersRequired;
if (ignore) console.error(`SKIPPED: the ExaBGP example: not installed: ${missing.join(", ")}`);

const cases = [
  { title: "ExaBGP dials", file: "conf.ini", bind: "127.0.0.2", args: [], expected: "100.10.0.0/24|127.0.0.2" },
  { title: "bgpd dials", file: "conf_passive.ini", bind: "127.0.0.2", args: [], expected: "100.10.0.0/24|127.0.0.2" },
  { title: "over IPv6", file: "conf_ipv6.ini", bind: "", args: ["-a", "::1"], expected: "2001:db8:100::/48|::1" },
];

for (const { title, file, bind, args, expected } of cases) {
  Deno.test({
    name: `the ExaBGP example: ${title}`,
    ignore,
    async fn() {
      const config = await Deno.readTextFile(`${examples}config.toml`);
      await using bgpd = await startBgpd({ config, args: [...args, "-p", "1179", "-vv"] });
      const env: Record<string, string> = { "exabgp.tcp.port": "1179", "exabgp.api.cli": "false" };
      if (bind !== "") env["exabgp.tcp.bind"] = bind;
      const once = file === "conf_passive.ini" ? [] : ["--once"];
      const exabgp = new Process("exabgp", { args: [`./${file}`, ...once], cwd: `${examples}exabgp`, env });
      try {
        const detail = () => `${bgpd.process.log()}\n${exabgp.log()}`;
        const rows = async () => (await bgpd.sqlite3("SELECT prefix,next_hop FROM rib")).split("\n").includes(expected);
        await waitFor(`${expected} in rib`, rows, { detail, while: () => bgpd.process.running });
        assert.equal(await bgpd.stop(), 0, detail());
      } finally {
        await exabgp.stop(10_000);
      }
    },
  });
}
