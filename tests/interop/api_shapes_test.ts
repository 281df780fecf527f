/**
 * Every route of the HTTP API, asked of a running bgpd. Each answer has exactly the members that its schema names. The
 * unit tests ask a stand-in for the daemon; here the members come from the daemon itself.
 */
import assert from "node:assert/strict";
import { apiRoutes } from "../../src/control/http/app.ts";
import { startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { waitFor } from "../support/wait.ts";
import { configHead } from "../support/config_text.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A request, in the order in which they are sent: later ones need what earlier ones made. */
interface Step {
  readonly method: "get" | "post" | "delete";
  /** As the route is declared, e.g. `/peers/{peer}`. */
  readonly route: string;
  readonly path: string;
  readonly body?: unknown;
}

function stepsFor(peer: string, added: string): Step[] {
  const get = (route: string, path = route): Step => ({ method: "get", route, path });
  const post = (route: string, path: string, body?: unknown): Step => ({ method: "post", route, path, body });
  const remove = (route: string, path: string): Step => ({ method: "delete", route, path });
  return [
    get("/status"),
    get("/peers"),
    get("/peers/{peer}", `/peers/${peer}`),
    post("/announcements", "/announcements", {
      prefix: "203.0.113.0/24",
      next_hop: "192.0.2.9",
      communities: "65000:1",
    }),
    post("/announcements", "/announcements", { prefix: "203.0.114.0/24", next_hop: "192.0.2.9" }),
    post("/announcements/bulk", "/announcements/bulk", { announce: [{ prefix: "203.0.115.0/24" }] }),
    get("/announcements"),
    get("/announcements/states"),
    get("/peers/{peer}/advertised", `/peers/${peer}/advertised`),
    get("/routes", "/routes?address=198.51.100.1"),
    remove("/announcements/{id}", "/announcements/1"),
    remove("/announcements", "/announcements?prefix=203.0.114.0/24"),
    post("/configured-peers", "/configured-peers", { remote_ip: added, remote_as: 65002, passive: true }),
    get("/configured-peers"),
    remove("/configured-peers/{peer}", `/configured-peers/${added}`),
    post("/peers/{peer}/refresh", `/peers/${peer}/refresh`, { direction: "out" }),
    post("/reload/dry-run", "/reload/dry-run"),
    post("/reload", "/reload"),
    post("/peers/{peer}/reset", `/peers/${peer}/reset`),
    post("/peers/{peer}/disable", `/peers/${peer}/disable`),
    post("/peers/{peer}/enable", `/peers/${peer}/enable`),
    post("/restart", "/restart"),
  ];
}

Deno.test("every answer of a running bgpd has the members that its schema names, no more and no fewer", async () => {
  const [address, local, added] = [loopback(), loopback(), loopback()];
  const [port, apiPort] = [freePort(address), freePort(address)];
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    await Deno.writeTextFile(`${folder}/api.token`, "correct-horse\n");
    await Deno.writeTextFile(`${folder}/bgpd.toml`, "");
    const config = configHead({ address, port }) +
      `api_socket = "${address}:${apiPort}"\napi_token_file = "api.token"\n` +
      `[[peers]]\nremote_ip = "${local}"\nremote_as = 65001\npassive = true\nexport = "all"\n`;
    await using bgpd = await startBgpd({ config, cwd: folder });
    const peer = await ScriptedPeer.connect({ local, address, port, asn: 65001 });
    peer.announce("198.51.100.0/24");
    await waitFor("its route", () => bgpd.sql("SELECT prefix FROM rib").length === 1);
    const asked = new Set<string>();
    for (const step of stepsFor(local, added)) {
      const name = `${step.method} ${step.route}`;
      asked.add(name);
      const declared = apiRoutes.find(({ method, path }) => `${method} ${path}` === name);
      assert.ok(declared !== undefined, `the API has no ${name}`);
      const answer = await answerTo(step, `http://${address}:${apiPort}/api/v1`);
      // A parsed value has the members that the schema names, and no others.
      assert.deepEqual((await declared.response()).parse(answer), answer, name);
    }
    assert.deepEqual(apiRoutes.map(({ method, path }) => `${method} ${path}`).filter((name) => !asked.has(name)), []);
    peer.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function answerTo({ method, path, body }: Step, url: string): Promise<Json> {
  const request = async () => {
    const response = await fetch(url + path, {
      method: method.toUpperCase(),
      headers: { authorization: "Bearer correct-horse" },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    const answer: Json = JSON.parse(await response.text());
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };
  // An empty list has no members to look at; what was announced a moment ago may not be in it yet.
  if (method !== "get") return await request();
  return await waitFor(`an answer to ${path} with something in it`, async () => {
    const answer = await request();
    return !Array.isArray(answer) || answer.length > 0 ? answer : undefined;
  });
}
