/** A session that does not come up: the log, `show peer`, SQL, the events and the metrics name the reason. */

import assert from "node:assert/strict";
import { listen } from "../../src/transport/mod.ts";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

Deno.test("each reason for a missing session is named: refused, no route, wrong address, no answer", async () => {
  const address = loopback();
  const port = freePort(address);
  const refusing = loopback();
  // To a broadcast address TCP has no route, on every machine.
  const unreachable = "127.255.255.255";
  const other = loopback();
  const secret = loopback();
  // Whoever signs with another key is not heard.
  const deaf = listen({ address: secret, port, md5: [{ remote: address, key: "another key" }] });
  const stranger = loopback();
  using wrong = Deno.listen({ hostname: stranger, port });
  const speaks = (async () => {
    for await (const connection of wrong) connection.close();
  })();
  const peer = (remote: string, more = "") => `[[peers]]\nremote_ip = "${remote}"\nremote_as = 65001\n${more}\n`;
  const config = [
    `${configHead({ address, port })}poll_interval = 1\n`,
    peer(refusing, `local_ip = "${address}"`),
    peer(unreachable),
    peer(other, 'local_ip = "198.51.100.77"'),
    peer(secret, `local_ip = "${address}"\npassword_file = "key"`),
    peer(stranger),
  ].join("\n");
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  await Deno.writeTextFile(`${folder}/key`, "the key");
  try {
    await using bgpd = await startBgpd({ config, cwd: folder, args: ["-p", String(port)] });
    const reasons: Record<string, RegExp> = {
      [refusing]: /refused the connection$/,
      [unreachable]: /no route to it$/,
      [other]: /198\.51\.100\.77 is not an address of this machine$/,
      [secret]: /did not answer within 1 s: it is away, or its TCP-MD5 key is not the one in key$/,
      [stranger]: /ended in OpenSent: (connection closed by the peer|.* reset the connection)$/,
    };
    const reasonOf = (name: string) =>
      String(bgpd.sql("SELECT reason FROM peer_status WHERE peer = ?", name)[0]?.["reason"] ?? "");
    for (const [name, reason] of Object.entries(reasons)) {
      await waitFor(`the reason of ${name}`, () => reason.test(reasonOf(name)));
      const lines = bgpd.log.split("\n").filter((line) => line.includes(`${name}: no session: `));
      assert.equal(lines.length, 1, `once in the log: ${lines.join("\n")}`);
      const text = reasonOf(name);
      const logged = lines[0]!.slice(lines[0]!.indexOf("no session: ") + "no session: ".length);
      assert.match(logged, /^.*; (check|compare|set|the peer gives no reason: check) /, "the log says what to check");
      assert.ok(logged.startsWith(`${text}; `) || logged.includes("connection "), logged);
      const events = bgpd.sql("SELECT text FROM peer_events WHERE peer = ? AND kind = 'connect'", name);
      assert.match(String(events[0]?.["text"]), reason);
      const shown = (await bgpd.command("show", "peer", name)).stdout;
      assert.match(/^ {2}No session: (.*)$/m.exec(shown)?.[1] ?? "", reason);
      assert.ok(logged.endsWith(`; ${/^ {2}To check: (.*)$/m.exec(shown)?.[1]}`), shown);
      assert.match(shown, /, local AS 65000$/m, "as configured");
    }
    const metrics = await metricsOf(`${bgpd.database}.sock`);
    for (const name of Object.keys(reasons)) {
      assert.match(metrics, new RegExp(`bgpd_peer_last_error_info\\{peer="${name}",reason="[^"]+"\\} 1`));
    }
    assert.match(metrics, new RegExp(`peer="${other}",reason="cannot connect to ${other} from 198`), "no ports");
  } finally {
    deaf.close();
    wrong.close();
    await speaks.catch(() => {});
    await Deno.remove(folder, { recursive: true });
  }
});

async function metricsOf(socket: string): Promise<string> {
  using client = Deno.createHttpClient({ proxy: { transport: "unix", path: socket } });
  return await (await fetch("http://bgpd/metrics", { client })).text();
}
