/** Fronts: which route a path has, and what becomes of errors. */
import assert from "node:assert/strict";
import { type Answer, listParts, WebError } from "../../../../src/web/answers/answer.ts";
import { type Context, findRoute, type Front, type FrontRoute, runRoute } from "../../../../src/web/answers/front.ts";

const answer = (body: string): Answer => ({ headers: {}, body });

function route(path: string, run: FrontRoute["run"] = () => answer(path)): FrontRoute {
  return { path, lane: "quick", run };
}

const front: Front = {
  prefix: "/api",
  routes: [route("/api/peers"), route("/api/peers/{peer}"), route("/api/routes/{prefix*}"), route("/api")],
  failure: (status, reason) => ({ status, headers: {}, body: `failed: ${reason}` }),
};

function found(path: string) {
  const result = findRoute([front], path);
  return result === undefined ? undefined : "route" in result ? [result.route.path, result.parts] : "the front alone";
}

Deno.test("a path finds its route, and its parts are decoded one by one", () => {
  assert.deepEqual(found("/api/peers"), ["/api/peers", {}]);
  assert.deepEqual(found("/api/peers/a%2Fb%20c"), ["/api/peers/{peer}", { peer: "a/b c" }]);
  assert.deepEqual(found("/api/routes/192.0.2.0/24"), ["/api/routes/{prefix*}", { prefix: "192.0.2.0/24" }]);
  assert.deepEqual(found("/api"), ["/api", {}]);
});

Deno.test("a path that is longer or shorter than every route has only its front, and a path beside it none", () => {
  assert.equal(found("/api/peers/a/b"), "the front alone");
  assert.equal(found("/api/peers/"), "the front alone");
  assert.equal(found("/api/other"), "the front alone");
  assert.equal(found("/apis"), undefined);
  assert.equal(found("/"), undefined);
});

Deno.test("a malformed escape in a path is refused in words", () => {
  assert.throws(() => found("/api/peers/%zz"), (error) => error instanceof WebError && error.status === 400);
});

Deno.test("an error of the one who asks has the form of the front; a bug is thrown on", async () => {
  const ask = async (run: FrontRoute["run"]) => {
    const question = { path: "/api/x", query: new URLSearchParams("limit=&peer=a"), accept: "*/*" };
    return await runRoute({ front, route: route("/api/x", run), parts: {} }, question, {} as Context);
  };
  const refused = await ask(() => {
    throw new WebError(400, "limit is a number");
  });
  assert.deepEqual([refused.status, refused.body], [400, "failed: limit is a number"]);
  await assert.rejects(ask(() => Promise.reject(new TypeError("bug"))), TypeError);
  const read = await ask((asked) => answer(`${asked.parameter("limit")} ${asked.parameter("peer")}`));
  assert.equal(read.body, "undefined a");
});

Deno.test("a list is one JSON array with an item on each line, or NDJSON, whatever its pages are", () => {
  const pages = [[1, 2], [], [3]];
  assert.deepEqual(JSON.parse([...listParts(pages, "json")].join("")), [1, 2, 3]);
  assert.equal([...listParts(pages, "ndjson")].join(""), "1\n2\n3\n");
  assert.equal([...listParts([[], []], "json")].join(""), "[]\n");
  assert.equal([...listParts([[], []], "ndjson")].join(""), "");
  assert.equal([...listParts([[{ a: "x" }]], "json")].join(""), '[\n{"a":"x"}\n]\n');
});
