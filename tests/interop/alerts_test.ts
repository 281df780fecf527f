/**
 * Alerts with a running router and live peers: each kind begins and ends, webhooks get what docs/alerts.md says, and a
 * restart of `bgpd web` neither repeats nor forgets.
 */
import assert from "node:assert/strict";
import { shapes } from "../../src/web/api/shapes.ts";
import { type Bgpd, bgpdPath, startBgpd } from "../support/bgpd.ts";
import { configHead, peerTable } from "../support/config_text.ts";
import { freePort, loopback } from "../support/net.ts";
import { plainUpdate } from "../support/plain_update.ts";
import { Process } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { atBest, waitFor } from "../support/wait.ts";

interface Message {
  readonly at: number;
  readonly path: string;
  readonly type: string | null;
  readonly body: Record<string, unknown>;
}

/** Something that takes messages of webhooks. */
class Receiver implements AsyncDisposable {
  readonly url: string;
  readonly messages: Message[] = [];
  readonly #server: Deno.HttpServer;

  constructor() {
    const hostname = loopback(), port = freePort(hostname);
    this.url = `http://${hostname}:${port}`;
    this.#server = Deno.serve({ hostname, port, onListen: () => {} }, async (request) => {
      const body = await request.json();
      const { pathname: path } = new URL(request.url);
      this.messages.push({ at: Date.now(), path, type: request.headers.get("content-type"), body });
      return new Response(null, { status: 204 });
    });
  }

  of(name: string, state: "firing" | "ended"): Message[] {
    return this.messages.filter(({ body }) => body.name === name && body.state === state);
  }

  /** The message after the first ones of this alert. */
  async next(name: string, state: "firing" | "ended", after: number, web: Web): Promise<Message> {
    const probe = () => this.of(name, state)[after];
    return await waitFor(`"${name}" to be ${state}`, probe, { detail: () => web.process.log() });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** `bgpd web` beside a router. */
class Web implements AsyncDisposable {
  readonly process: Process;
  readonly url: string;

  constructor(bgpd: Bgpd, address: string) {
    this.url = `http://${address}`;
    const args = ["web", "-c", "bgpd.toml", "--listen", address];
    this.process = new Process(bgpdPath, { args, cwd: bgpd.folder, env: { NO_COLOR: "1" } });
  }

  async alerts(): Promise<
    { active: Record<string, unknown>[]; ended: Record<string, unknown>[]; problems: unknown[] }
  > {
    const response = await fetch(`${this.url}/api/v1/alerts`);
    assert.equal(response.status, 200);
    const answer = await response.json();
    shapes.alerts.parse(answer);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.signal("SIGTERM");
    await this.process.end();
  }
}

const mine = "192.0.2.0/24", gone = "203.0.113.0/24", signed = "198.51.100.0/24";
const many = Array.from({ length: 10 }, (_, i) => `9.9.${i}.0/24`);

const alerts = (hook: string) => `
[web]
title = "test"
url = "https://lg.example.net/"
${
  [
    ["origin", 'kind = "origin-change"', `prefixes = "${mine}"`, "origins = 65010", 'severity = "critical"'],
    ["specific", 'kind = "more-specific"', `prefixes = "${mine}"`],
    ["gone", 'kind = "withdrawn"', `prefixes = "${gone}"`, "hold_down = 1"],
    ["invalid", 'kind = "invalid"', `prefixes = "${signed}"`],
    ["leak", 'kind = "leak"', "interval = 1"],
    ["down", 'kind = "peer-down"', 'peers = "other"', "hold_down = 1"],
    ["count", 'kind = "route-count"', 'peers = "good"', "percent = 30", "window = 3600", "hold_down = 0"],
    ["upstream", 'kind = "new-upstream"', `prefixes = "${mine}"`, "upstreams = [65001, 65002]", "origins = 65010"],
    ["query", "interval = 1", `sql = "SELECT prefix AS subject, peer, prefix, as_path FROM rib WHERE med = 77"`],
  ].map(([name, ...lines]) =>
    `[[alerts]]\nname = "${name}"\n${
      lines.join("\n")
    }\nrecovery = 1\nwebhooks = "${hook}/json"\nfile = "alerts.ndjson"\n`
  ).join("")
}
[[alerts]]
name = "for people"
kind = "peer-down"
peers = "other"
hold_down = 1
recovery = 1
webhooks = "${hook}/slack"
format = "slack"
`;

interface Stage extends AsyncDisposable {
  readonly bgpd: Bgpd;
  readonly receiver: Receiver;
  readonly good: ScriptedPeer;
  connectOther(): Promise<ScriptedPeer>;
  startWeb(): Promise<Web>;
}

/** A router with two peers; the good one has sent its table. */
async function stage(more: (hook: string) => string): Promise<Stage> {
  const address = loopback(), port = freePort(address), good = loopback(), other = loopback();
  const folder = await Deno.makeTempDir({ prefix: "bgpd-alerts-" });
  await Deno.writeTextFile(
    `${folder}/vrps.json`,
    JSON.stringify({ roas: [{ prefix: signed, maxLength: 24, asn: "AS65010" }] }),
  );
  const receiver = new Receiver();
  const config = `${configHead({ address, port })}rpki_files = "vrps.json"\n` +
    peerTable(good, { asn: 65001, lines: 'name = "good"\npassive = true' }) +
    peerTable(other, { asn: 65002, lines: 'name = "other"\npassive = true\nrole = "provider"' }) +
    more(receiver.url);
  const bgpd = await startBgpd({ config, cwd: folder });
  const connect = (local: string, asn: number) =>
    ScriptedPeer.connect({ local, address, port, asn, routerId: asn, keepaliveMs: 10_000 });
  const peer = await connect(good, 65001);
  const asPath = [65001, 65010];
  peer.write(plainUpdate({ announce: [mine, gone, signed, ...many], asPath }));
  peer.write(plainUpdate({}));
  return {
    bgpd,
    receiver,
    good: peer,
    async connectOther() {
      const second = await connect(other, 65002);
      second.write(plainUpdate({}));
      return second;
    },
    async startWeb() {
      const web = new Web(bgpd, `${address}:${freePort(address)}`);
      await web.process.waitForLine(/the page is at/);
      return web;
    },
    async [Symbol.asyncDispose]() {
      peer.close();
      await bgpd.stop();
      await receiver[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function hasRoutes(bgpd: Bgpd, peer: string, count: number): Promise<unknown> {
  return waitFor(`${count} routes of ${peer}`, () =>
    bgpd.sql(
      "SELECT 1 FROM peer_families f JOIN peers p ON p.id = f.peer_id WHERE p.name = ? AND f.routes = ?",
      peer,
      count,
    ).length > 0);
}

Deno.test("each kind of alert begins and ends, and its webhook gets what the documents say", async (t) => {
  await using set = await stage(alerts);
  const { bgpd, receiver, good } = set;
  let other = await set.connectOther();
  await hasRoutes(bgpd, "good", 13);
  await waitFor("the session", () => bgpd.sql("SELECT 1 FROM peers WHERE state = 'Established'").length === 2);
  await using web = await set.startWeb();
  // The number of routes is known from now on.
  await waitFor("numbers of routes", () => countsOf(bgpd) > 0, { detail: () => web.process.log() });
  assert.deepEqual((await web.alerts()).active, []);

  const next = (name: string, state: "firing" | "ended", after = 0) => receiver.next(name, state, after, web);
  const say = (update: Parameters<typeof plainUpdate>[0]) => other.write(plainUpdate(update));
  const path = (...asns: number[]) => ({ asPath: [65002, ...asns] });

  await t.step("a hijack by a second peer reaches the webhook within 2 seconds", async () => {
    const ms = await atBest(2_000, async (attempt) => {
      const began = Date.now();
      say({ announce: [mine], ...path(64666) });
      const { at } = await next("origin", "firing", attempt);
      say({ withdraw: [mine] });
      await next("origin", "ended", attempt);
      return at - began;
    });
    assert.ok(ms < 2_000, `it took ${ms} ms`);
  });

  await t.step("the body of a message has the fields of docs/alerts.md", () => {
    const [message] = receiver.of("origin", "firing"), [over] = receiver.of("origin", "ended");
    assert.ok(message !== undefined && over !== undefined);
    const { id, since, fired_at, ...body } = message.body;
    assert.equal(message.type, "application/json");
    assert.deepEqual(body, {
      version: 1,
      state: "firing",
      source: "test",
      name: "origin",
      kind: "origin-change",
      severity: "critical",
      subject: "192.0.2.0/24 AS64666",
      text: "AS64666 originates 192.0.2.0/24, expected AS65010; announced by other, AS path 65002 64666",
      until: null,
      prefix: "192.0.2.0/24",
      peer: "other",
      peers: ["other"],
      origin_as: 64666,
      as_path: "65002 64666",
      link: `https://lg.example.net/#/prefix/192.0.2.0%2F24?at=${encodeURIComponent(String(fired_at))}`,
      more: 0,
    });
    assert.ok(Date.parse(String(since)) <= Date.parse(String(fired_at)));
    assert.deepEqual([over.body.id, over.body.since, over.body.fired_at], [id, since, fired_at]);
    assert.ok(Date.parse(String(over.body.until)) >= Date.parse(String(fired_at)) + 1_000, "recovery is a second");
  });

  const kinds: readonly [name: string, begin: () => void, end: () => void, text: RegExp][] = [
    [
      "specific",
      () => say({ announce: ["192.0.2.128/25"], ...path(65010) }),
      () => say({ withdraw: ["192.0.2.128/25"] }),
      /^192\.0\.2\.128\/25 of AS65010 is inside a prefix that is watched; announced by other/,
    ],
    [
      "upstream",
      () => say({ announce: [mine], ...path(64999, 65010) }),
      () => say({ withdraw: [mine] }),
      /^AS64999 stands before AS65010 in paths of 192\.0\.2\.0\/24, expected AS65001 or AS65002/,
    ],
    [
      "invalid",
      () => say({ announce: [signed], ...path(64666) }),
      () => say({ withdraw: [signed] }),
      /^198\.51\.100\.0\/24 of AS64666 is invalid by RPKI/,
    ],
    [
      "leak",
      () => say({ announce: ["9.8.0.0/16"], ...path(65077, 65078), otc: 65077 }),
      () => say({ withdraw: ["9.8.0.0/16"] }),
      /^other \(AS65002\) announces a route that is a leak by ONLY_TO_CUSTOMER, such as 9\.8\.0\.0\/16/,
    ],
    [
      "query",
      () => say({ announce: ["9.7.0.0/16"], ...path(65077), med: 77 }),
      () => say({ withdraw: ["9.7.0.0/16"] }),
      /^subject 9\.7\.0\.0\/16, peer other, prefix 9\.7\.0\.0\/16, as_path 65002 65077$/,
    ],
    [
      "gone",
      () => good.write(plainUpdate({ withdraw: [gone] })),
      () => good.write(plainUpdate({ announce: [gone], asPath: [65001, 65010] })),
      /^no peer announces 203\.0\.113\.0\/24; good was the last one, AS path 65001 65010$/,
    ],
    [
      "count",
      () => good.write(plainUpdate({ withdraw: many })),
      () => good.write(plainUpdate({ announce: many, asPath: [65001, 65010] })),
      /^good \(AS65001\) has 3 routes of ipv4 unicast, 77 % less than the 13 of \d+ seconds before$/,
    ],
  ];
  for (const [name, begin, end, text] of kinds) {
    await t.step(`${name} begins and ends`, async () => {
      begin();
      const { body } = await next(name, "firing");
      assert.match(String(body.text), text);
      await waitFor("it in the API", async () => (await activeOf(web, name)).some(({ id }) => id === body.id));
      end();
      const over = await next(name, "ended");
      assert.equal(over.body.id, body.id);
      await waitFor("its end", async () => (await activeOf(web, name)).length === 0);
    });
  }

  await t.step("peer-down begins and ends, and Slack gets a message of its own form", async () => {
    other.close();
    const { body } = await next("down", "firing");
    assert.match(String(body.text), /^other \(AS65002\) has no session: /);
    assert.deepEqual([body.prefix, body.peer], [null, "other"]);
    other = await set.connectOther();
    await next("down", "ended");
    const slack = () => receiver.messages.filter((message) => message.path === "/slack");
    await waitFor("two messages for people", () => slack().length === 2);
    const [first, second] = slack();
    assert.match(
      String(first?.body.text),
      /^\*WARNING\* for people: other \(AS65002\) has no session: .* <https:\/\/lg/,
    );
    assert.match(String(second?.body.text), /^\*ENDED\* for people: /);
    assert.ok(Array.isArray(first?.body.blocks));
  });

  await t.step("the file has a line for each message, and nothing else was reported", async () => {
    const lines = (await Deno.readTextFile(`${bgpd.folder}/alerts.ndjson`)).trimEnd().split("\n");
    const key = ({ id, state }: Record<string, unknown>) => `${id} ${state}`;
    const sent = receiver.messages.filter((message) => message.path === "/json").map(({ body }) => key(body));
    assert.deepEqual(lines.map((line) => key(JSON.parse(line))).toSorted(), sent.toSorted());
    const count = receiver.messages.length / 2;
    await waitFor("all ends in the API", async () => (await web.alerts()).ended.length === count);
    const { ended, problems } = await web.alerts();
    assert.deepEqual(problems, []);
    assert.deepEqual(
      ended.map(({ deliveries }) => deliveries),
      ended.map(() => ({
        ...{ delivered: 2, failed: 0, waiting: 0, error: null },
      })),
    );
  });
  other.close();
});

async function activeOf(web: Web, name: string): Promise<Record<string, unknown>[]> {
  return (await web.alerts()).active.filter((alert) => alert.name === name);
}

/** How many numbers of routes the web process has stored. */
function countsOf(bgpd: Bgpd): number {
  const memory = Object.create(bgpd, { database: { value: bgpd.database.replace(/\.db$/, ".web.db") } });
  return (memory as Bgpd).sql("SELECT 1 FROM route_counts").length;
}

Deno.test("a restart of bgpd web neither repeats what it reported nor forgets it", async () => {
  await using set = await stage(alerts);
  const { bgpd, receiver } = set;
  const other = await set.connectOther();
  await hasRoutes(bgpd, "good", 13);
  other.write(plainUpdate({ announce: [mine], asPath: [65002, 64666] }));
  let id: unknown;
  {
    await using web = await set.startWeb();
    ({ body: { id } } = await receiver.next("origin", "firing", 0, web));
    // So that nothing waits to be sent again.
    await waitFor("the delivery", async () => {
      const [alert] = (await web.alerts()).active;
      return (alert?.deliveries as { delivered: number } | undefined)?.delivered === 1;
    });
    web.process.signal("SIGKILL");
    await web.process.end();
  }
  await using web = await set.startWeb();
  // A later alert shows that the new process has looked.
  other.write(plainUpdate({ announce: ["192.0.2.128/25"], asPath: [65002, 65010] }));
  await receiver.next("specific", "firing", 0, web);
  assert.deepEqual(receiver.of("origin", "firing").map(({ body }) => body.id), [id]);
  assert.deepEqual((await activeOf(web, "origin")).map((alert) => alert.id), [id]);
  other.write(plainUpdate({ withdraw: [mine] }));
  const over = await receiver.next("origin", "ended", 0, web);
  assert.equal(over.body.id, id);
  assert.equal(receiver.of("origin", "firing").length, 1);
  other.close();
});

Deno.test("bgpd check finds a column that no view has, with its line, where the database exists", async () => {
  await using set = await stage(() => "");
  const { bgpd } = set;
  const head = await Deno.readTextFile(`${bgpd.folder}/bgpd.toml`);
  const alert = (sql: string) => `[[alerts]]\nname = "a"\nsql = "${sql}"\n`;
  const check = async (sql: string) => {
    await Deno.writeTextFile(`${bgpd.folder}/bgpd.toml`, head + alert(sql));
    return await bgpd.command("check", "bgpd.toml");
  };
  const line = head.split("\n").length + 2;
  const wrong = await check("SELECT prefix, colour FROM rib");
  assert.equal(wrong.code, 1);
  assert.ok(
    wrong.stderr.includes(`bgpd.toml:${line}:`) && wrong.stderr.includes("sql: no such column: colour"),
    wrong.stderr,
  );
  const two = await check("SELECT 1; SELECT 2");
  assert.match(two.stderr, /sql: near ";": syntax error/);
  for (const sql of ["SELECT prefix FROM rib;", "SELECT prefix FROM rib -- all"]) {
    assert.equal((await check(sql)).code, 0, "negative");
  }
});

Deno.test("of two processes with one database, one reports; the other takes over when it is gone", async () => {
  await using set = await stage(alerts);
  const { bgpd, receiver } = set;
  const other = await set.connectOther();
  await hasRoutes(bgpd, "good", 13);
  const first = await set.startWeb();
  await waitFor("numbers of routes", () => countsOf(bgpd) > 0);
  await using second = await set.startWeb();
  await second.process.waitForLine(/no alerts: another bgpd web looks after the alerts/);
  other.write(plainUpdate({ announce: [mine], asPath: [65002, 64666] }));
  const { body } = await receiver.next("origin", "firing", 0, first);
  await first[Symbol.asyncDispose]();
  other.write(plainUpdate({ withdraw: [mine] }));
  const over = await receiver.next("origin", "ended", 0, second);
  assert.equal(over.body.id, body.id);
  assert.equal(receiver.messages.length, 2);
  other.close();
});
