/** RPKI files and local exceptions of a running daemon: what counts after changes of them and of the configuration. */
import assert from "node:assert/strict";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { vrpFile } from "../support/rpki_table.ts";
import { waitFor } from "../support/wait.ts";

const vrps = [
  { prefix: "192.0.2.0/24", maxLength: 24, asn: 65001 },
  { prefix: "198.51.100.0/24", maxLength: 24, asn: 65002 },
];
const noPrefixOf65001 = {
  slurmVersion: 1,
  validationOutputFilters: { prefixFilters: [{ asn: 65001 }], bgpsecFilters: [] },
  locallyAddedAssertions: { prefixAssertions: [{ asn: 65003, prefix: "203.0.113.0/24" }], bgpsecAssertions: [] },
};

Deno.test("a changed file counts, a broken one changes nothing, and one that is not configured ends", async () => {
  const address = loopback();
  const socket = `router_id = "192.0.2.1"\ndefault_as = 65000\nbgp_socket = "${address}:${freePort(address)}"\n`;
  const files = 'rpki_files = ["vrps.json"]\n';
  const exceptions = 'rpki_exceptions = "slurm.json"\n';
  await using bgpd = await startBgpd({ config: socket + files });
  const write = (name: string, text: string) => Deno.writeTextFile(`${bgpd.folder}/${name}`, text);
  const use = async (text: string) => {
    await write("bgpd.toml", socket + text);
    const { code, stderr } = await bgpd.command("reload");
    assert.equal(code, 0, stderr);
  };
  const prefixes = () =>
    bgpd.sql("SELECT prefix FROM vrps ORDER BY prefix").map(({ prefix }) => String(prefix).split(".")[0]).join(" ");
  const become = (wanted: string) =>
    waitFor(wanted, () => prefixes() === wanted, { detail: () => `${prefixes()}\n${bgpd.log}` });
  const error = () => String(bgpd.sql("SELECT max(error) AS text FROM rpki_sources")[0]?.text);

  await waitFor("the missing file", () => /vrps\.json/.test(error()), { detail: () => bgpd.log });
  await write("vrps.json", vrpFile(vrps));
  await use(files);
  await become("192 198");

  await write("slurm.json", JSON.stringify(noPrefixOf65001));
  await use(files + exceptions);
  await become("198 203");
  await write("vrps.json", vrpFile(vrps).slice(0, -20));
  await write("slurm.json", "{");
  await use(files + exceptions);
  await waitFor("both mistakes", () => bgpd.sql("SELECT 1 FROM rpki_sources WHERE error IS NOT NULL").length === 2);
  assert.equal(prefixes(), "198 203");

  await write("vrps.json", vrpFile([...vrps, { prefix: "100.64.0.0/10", maxLength: 24, asn: 65004 }]));
  await use(files + exceptions);
  await become("100 198 203");
  await use(files);
  await become("100 192 198");
  await use("");
  await become("");
  assert.deepEqual(bgpd.sql("SELECT name FROM rpki_sources"), []);
  assert.equal(bgpd.sql("SELECT 1 FROM vrp_history").length, 5);
});

Deno.test("after a restart without the sources of the last run nothing of them counts", async () => {
  const address = loopback();
  const cwd = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    await Deno.writeTextFile(`${cwd}/vrps.json`, vrpFile(vrps));
    const socket = `router_id = "192.0.2.1"\ndefault_as = 65000\nbgp_socket = "${address}:${freePort(address)}"\n`;
    const counted = "SELECT 1 FROM vrps", ended = "SELECT 1 FROM vrp_history WHERE to_ms < 253402300799999";
    {
      await using bgpd = await startBgpd({ cwd, config: `${socket}rpki_files = ["vrps.json"]\n` });
      await waitFor("the VRPs", () => bgpd.sql(counted).length === 2, { detail: () => bgpd.log });
    }
    await using bgpd = await startBgpd({ cwd, config: socket });
    await waitFor("their end", () => bgpd.sql(counted).length === 0, { detail: () => bgpd.log });
    assert.equal(bgpd.sql(ended).length, 2);
    const { stdout } = await bgpd.command("announce", "203.0.113.0/24");
    await waitFor("a route", () => bgpd.sql("SELECT 1 FROM rib").length === 1, { detail: () => stdout + bgpd.log });
    assert.deepEqual(bgpd.sql("SELECT ovs FROM rib").map(({ ovs }) => ovs), [null]);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
