/** Delivery to webhooks: order, later attempts, what is final, and that a full queue stays bounded. */
import assert from "node:assert/strict";
import type { Delivery } from "../../../../src/store/mod.ts";
import { mostWaiting, type Send, sender, Webhooks } from "../../../../src/web/alerts/webhooks.ts";

function delivery(id: number, more: Partial<Delivery> = {}): Delivery {
  return { id, alertId: `a${id}`, target: "hook", body: `body ${id}`, at: 0, attempts: 0, nextAt: 0, ...more };
}

/** Webhooks with a clock that the test moves. `answers`: a status, or an error, for each attempt. */
class Rig {
  now = 0;
  readonly attempts: string[] = [];
  readonly said: string[] = [];
  readonly #timers: { at: number; work: () => void }[] = [];
  readonly webhooks: Webhooks;

  constructor(answers: readonly (number | Error | { status: number; retryAfterMs: number })[], keys = ["hook"]) {
    const send: Send = (url, body) => {
      const answer = answers[this.attempts.length] ?? 200;
      this.attempts.push(`${this.now} ${url} ${body}`);
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(typeof answer === "number" ? { status: answer } : answer);
    };
    this.webhooks = new Webhooks(keys.map((key) => ({ key, url: () => `http://${key}` })), {
      send,
      now: () => this.now,
      later: (ms, work) => void this.#timers.push({ at: this.now + ms, work }),
      delivered: ({ id }) => void this.said.push(`${id} delivered`),
      retry: ({ id }, attempts, nextAt, error) => void this.said.push(`${id} retry ${attempts} at ${nextAt}: ${error}`),
      gaveUp: ({ id }, error) => void this.said.push(`${id} lost: ${error}`),
    });
  }

  /** Runs what is due, and moves the clock to the next timer, until nothing is left. */
  async run(): Promise<void> {
    for (;;) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      const next = this.#timers.toSorted((one, other) => one.at - other.at)[0];
      if (next === undefined) return;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      next.work();
    }
  }
}

Deno.test("messages come in order; one that fails for now holds those behind it", async () => {
  const rig = new Rig([503, new Error("no answer within 10 s"), 204, 200]);
  rig.webhooks.add(delivery(1));
  rig.webhooks.add(delivery(2));
  await rig.run();
  assert.deepEqual(rig.attempts, [
    "0 http://hook body 1",
    "1000 http://hook body 1",
    "3000 http://hook body 1",
    "3000 http://hook body 2",
  ]);
  assert.deepEqual(rig.said, [
    "1 retry 1 at 1000: it answered 503",
    "1 retry 2 at 3000: no answer within 10 s",
    "1 delivered",
    "2 delivered",
  ]);
  assert.deepEqual(rig.webhooks.counts, { delivered: 2, failed: 0, retries: 2 });
  assert.equal(rig.webhooks.waiting, 0);
});

Deno.test("a redirect and a refusal are final; 429 waits as long as it says", async () => {
  const rig = new Rig([302, 404, { status: 429, retryAfterMs: 7_000 }]);
  for (const id of [1, 2, 3]) rig.webhooks.add(delivery(id));
  await rig.run();
  assert.deepEqual(rig.said, [
    "1 lost: it answered 302: bgpd web follows no redirect",
    "2 lost: it answered 404",
    "3 retry 1 at 7000: it answered 429",
    "3 delivered",
  ]);
});

Deno.test("a webhook that is gone for a day loses its messages, with pauses of 5 minutes at most", async () => {
  const rig = new Rig(Array(1_000).fill(500));
  rig.webhooks.add(delivery(1));
  await rig.run();
  assert.match(rig.said.at(-1) ?? "", /^1 lost: it answered 500; given up after a day$/);
  const times = rig.attempts.map((text) => Number(text.split(" ")[0]));
  assert.ok(times.every((time, i) => i === 0 || time - times[i - 1]! <= 300_000));
  assert.ok(times.length > 250);
});

Deno.test("one webhook that does not answer delays no other, and its queue is bounded", async () => {
  const rig = new Rig([], ["hook", "other"]);
  const never = new Webhooks([{ key: "hook", url: () => "x" }, { key: "other", url: () => "y" }], {
    send: (url) => url === "x" ? new Promise(() => {}) : Promise.resolve({ status: 200 }),
    now: () => 0,
    later: () => {},
    delivered: ({ id }) => void rig.said.push(`${id} delivered`),
    retry: () => {},
    gaveUp: ({ id }, error) => void rig.said.push(`${id} lost: ${error}`),
  });
  for (let id = 1; id <= mostWaiting + 2; id++) never.add(delivery(id));
  never.add(delivery(9_999, { target: "other" }));
  await rig.run();
  // The first one is under way.
  assert.deepEqual(rig.said, [
    `2 lost: more than ${mostWaiting} messages wait`,
    `3 lost: more than ${mostWaiting} messages wait`,
    "9999 delivered",
  ]);
  assert.equal(never.waiting, mostWaiting);
});

Deno.test("a message for a webhook that is no longer configured is given up", async () => {
  const rig = new Rig([]);
  rig.webhooks.add(delivery(1, { target: "gone" }));
  await rig.run();
  assert.deepEqual(rig.said, ["1 lost: the webhook is no longer configured"]);
});

Deno.test("over HTTP: a POST with JSON; no redirect is followed, and no error names the URL", async () => {
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    requests.push(`${request.method} ${pathname} ${request.headers.get("content-type")} ${await request.text()}`);
    if (pathname !== "/secret") return new Response("ok");
    return new Response("there", { status: 307, headers: { location: "/other", "retry-after": "3" } });
  });
  const base = `http://127.0.0.1:${server.addr.port}`;
  const send = sender("1.2.3");
  assert.deepEqual(await send(`${base}/x`, "{}"), { status: 200 });
  assert.deepEqual(await send(`${base}/secret`, "{}"), { status: 307, retryAfterMs: 3_000 });
  assert.deepEqual(requests, ["POST /x application/json {}", "POST /secret application/json {}"]);
  await server.shutdown();
  const failed = await send(`${base}/secret?token=hidden`, "{}").then(() => undefined, (error: Error) => error.message);
  assert.match(failed ?? "", /^it cannot be reached: /);
  assert.doesNotMatch(failed ?? "", /secret|hidden/);
});
