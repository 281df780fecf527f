/** Who may ask what. */
import assert from "node:assert/strict";
import { defaultWeb, type WebSettings } from "../../../../src/config/mod.ts";
import { Guard } from "../../../../src/web/serve/guard.ts";
import { RateLimit } from "../../../../src/web/serve/rate_limit.ts";

interface Asking {
  readonly settings?: Partial<WebSettings>;
  readonly access?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly address?: string;
}

function guard({ settings = {}, access }: Asking): Guard {
  const whole = { ...defaultWeb, ...settings };
  const lines = access === undefined ? undefined : new Set(access);
  return new Guard({
    settings: whole,
    access: () => lines,
    rate: new RateLimit(whole.requestsPerSecond),
    now: () => 0,
  });
}

function request({ headers = {}, method = "GET" }: Asking): Request {
  return new Request("http://bgpd/", { method, headers: { host: "127.0.0.1:8080", ...headers } });
}

async function statusOf(asking: Asking): Promise<number | undefined> {
  return (await guard(asking).refusal(request(asking), asking.address ?? "127.0.0.1"))?.status;
}

Deno.test("a Host header that is not ours is refused: a page that was led here by DNS cannot read", async () => {
  for (const host of ["127.0.0.1", "[::1]:8080", "localhost:8080", "192.0.2.1:80"]) {
    assert.equal(await statusOf({ headers: { host } }), undefined, host);
  }
  for (const host of ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "", "[evil]"]) {
    assert.equal(await statusOf({ headers: { host } }), 421, host);
  }
  const settings = { hosts: ["lg.example.net"] };
  assert.equal(await statusOf({ settings, headers: { host: "LG.example.net:443" } }), undefined);
  assert.equal(await statusOf({ settings, headers: { host: "x.lg.example.net" } }), 421);
  assert.equal(await statusOf({ settings: { hosts: ["*"] }, headers: { host: "x.example" } }), undefined);
});

Deno.test("nothing can be changed: every method but GET, HEAD and OPTIONS is refused", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) assert.equal(await statusOf({ method }), 405, method);
  for (const method of ["GET", "HEAD", "OPTIONS"]) assert.equal(await statusOf({ method }), undefined, method);
});

Deno.test("with an access file, a token or a password is needed, and a wrong one is refused", async () => {
  const access = ["s3cret", "anna:geheim:x"];
  const basic = (text: string) => `Basic ${btoa(text)}`;
  assert.equal(await statusOf({ access }), 401);
  assert.equal(await statusOf({ access, headers: { authorization: "Bearer s3cret" } }), undefined);
  assert.equal(await statusOf({ access, headers: { authorization: basic("anna:geheim:x") } }), undefined);
  for (const authorization of ["Bearer s3cre", "Bearer", basic("anna:x"), basic("anna"), "Basic %%", "Digest s3cret"]) {
    assert.equal(await statusOf({ access, headers: { authorization } }), 401, authorization);
  }
  assert.equal(await statusOf({ access: [], headers: { authorization: "Bearer x" } }), 401);
  // A browser asks what it may ask without a password (CORS).
  assert.equal(await statusOf({ access, method: "OPTIONS" }), undefined);
});

Deno.test("a client that asks too much is refused, and the client behind a proxy is the one that counts", async () => {
  const settings = { requestsPerSecond: 1, proxies: ["127.0.0.1"] };
  const own = guard({ settings });
  const ask = async (address: string, forwarded?: string) => {
    const headers: Record<string, string> = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
    return (await own.refusal(request({ headers }), address))?.status;
  };
  for (let i = 0; i < 10; i++) assert.equal(await ask("127.0.0.1", "198.51.100.1"), undefined);
  assert.equal(await ask("127.0.0.1", "198.51.100.1"), 429);
  assert.equal(await ask("127.0.0.1", "198.51.100.2"), undefined);
  // What the client itself wrote before does not count.
  assert.equal(await ask("127.0.0.1", "203.0.113.9, 198.51.100.1"), 429);
  // No proxy: the header says nothing.
  for (let i = 0; i < 10; i++) assert.equal(await ask("192.0.2.7", `203.0.113.${i}`), undefined);
  assert.equal(await ask("192.0.2.7", "203.0.113.99"), 429);
});

Deno.test("pages of other origins read only what is configured, with a password never by a star", () => {
  const origin = "https://noc.example.net";
  const cors = (asking: Asking) =>
    guard(asking).corsHeaders(request({ headers: { origin } }))["access-control-allow-origin"];
  assert.equal(cors({}), undefined);
  assert.equal(cors({ settings: { origins: ["https://other.example.net"] } }), undefined);
  assert.equal(cors({ settings: { origins: [origin] } }), origin);
  assert.equal(cors({ settings: { origins: ["*"] } }), "*");
  assert.equal(cors({ settings: { origins: ["*"] }, access: ["x"] }), origin);
});

Deno.test("a page of another origin cannot connect to the live stream, which has no CORS", async () => {
  const upgrade = { upgrade: "websocket" };
  assert.equal(await statusOf({ headers: upgrade }), undefined);
  assert.equal(await statusOf({ headers: { ...upgrade, origin: "http://127.0.0.1:8080" } }), undefined);
  assert.equal(await statusOf({ headers: { ...upgrade, origin: "https://evil.example" } }), 403);
  const settings = { origins: ["https://noc.example.net"] };
  assert.equal(await statusOf({ settings, headers: { ...upgrade, origin: "https://noc.example.net" } }), undefined);
});

Deno.test("an IPv6 client has one limit for its /64, whatever address it takes", async () => {
  const both = guard({ settings: { requestsPerSecond: 1 } });
  const statuses = async (address: (i: number) => string) => {
    const found = new Set<number | undefined>();
    for (let i = 0; i < 20; i++) found.add((await both.refusal(request({}), address(i)))?.status);
    return [...found];
  };
  assert.deepEqual(await statuses((i) => `2001:db8:1:2:3:4:5:${i.toString(16)}`), [undefined, 429]);
  assert.deepEqual(await statuses((i) => `2001:db8:1:${(i + 3).toString(16)}::1`), [undefined]);
  assert.deepEqual(await statuses((i) => `192.0.2.${i}`), [undefined]);
});

Deno.test("tricks with Host are refused: two of them, a user, a port twice, a trailing dot", async () => {
  for (const host of ["127.0.0.1, evil.example", "a@127.0.0.1", "127.0.0.1:80:80", "localhost.", " ", "[::1", "::1]"]) {
    assert.equal(await statusOf({ headers: { host } }), 421, host);
  }
});

Deno.test("tricks with Origin do not open a websocket", async () => {
  const headers = { upgrade: "websocket", host: "127.0.0.1:8080" };
  const evil = [
    "null",
    "http://127.0.0.1:8080.evil.example",
    "http://127.0.0.1",
    "http://evil.example/127.0.0.1:8080",
    "",
  ];
  for (const origin of evil) assert.equal(await statusOf({ headers: { ...headers, origin } }), 403, origin);
  assert.equal(await statusOf({ headers: { ...headers, origin: "http://127.0.0.1:8080" } }), undefined);
});
