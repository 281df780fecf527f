/** Every request that docs/api.md shows, sent by curl to a running bgpd with a peer. */
import assert from "node:assert/strict";
import { apiDocument } from "../../src/control/http/mod.ts";
import { apiRoutes } from "../../src/control/http/app.ts";
import { MessageType } from "../../src/message/mod.ts";
import { curlLine } from "../../tools/reference/api.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { configHead } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { missingPrograms, peersRequired } from "./peers/mod.ts";

const title = "every request of docs/api.md has an answer of its shape";
const missing = missingPrograms(["curl"]);
if (missing.length > 0) console.error(`SKIPPED: ${title}: not installed: ${missing.join(", ")}`);

/** What must be there before an operation: its example, sent first. */
const before: Readonly<Record<string, string>> = {
  "delete /announcements": "post /announcements",
  "delete /announcements/{id}": "post /announcements",
  "delete /configured-peers/{peer}": "post /configured-peers",
  "post /peers/{peer}/reset": "post /peers/{peer}/enable",
};

const { paths } = await apiDocument("0.0.0");

/** The line of the page, with the control socket of this bgpd. */
async function send(bgpd: Bgpd, operation: string, replace = (line: string) => line): Promise<unknown> {
  const [method = "", path = ""] = operation.split(" ");
  const line = replace(curlLine(`/api/v1${path}`, method, paths[`/api/v1${path}`]![method]!))
    .replace("bgpd.db.sock", `'${bgpd.database}.sock'`);
  const { stdout, stderr } = await new Deno.Command("sh", { args: ["-c", `${line} -sS`] }).output();
  const text = new TextDecoder().decode(stdout);
  assert.ok(text !== "", `${line}: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(text);
}

/** Sends the example of a route; the answer must have the shape of the route. */
async function tryRoute(bgpd: Bgpd, { method, path, response }: (typeof apiRoutes)[number]): Promise<void> {
  const operation = `${method} ${path}`;
  const first = before[operation];
  const made = first === undefined ? {} : await send(bgpd, first) as { id?: number };
  const answer = await send(bgpd, operation, (line) => line.replace("/announcements/7", `/announcements/${made.id}`));
  const result = (await response()).safeParse(answer);
  assert.ok(result.success, `${operation}: ${JSON.stringify(answer)}`);
}

Deno.test({
  name: title,
  ignore: missing.length > 0 && !peersRequired,
  fn: async () => {
    assert.deepEqual(missing, [], "curl is required here");
    const address = loopback(), local = loopback(), port = freePort(address);
    const config = `${configHead({ address, port })}
[[peers]]
name = "transit-a"
remote_ip = "${local}"
remote_as = 65001
passive = true
`;
    await using bgpd = await startBgpd({ config });
    const peer = await ScriptedPeer.connect({
      ...{ local, address, port, asn: 65001 },
      capabilities: [{ kind: "routeRefresh" }],
    });
    await peer.message(MessageType.update);
    // An operation that needs the session comes before those that end it.
    const ending = ["/peers/{peer}/reset", "/peers/{peer}/disable", "/restart"];
    const order = apiRoutes.toSorted((a, b) => ending.indexOf(a.path) - ending.indexOf(b.path));
    for (const route of order) await tryRoute(bgpd, route);
    peer.close();
  },
});
