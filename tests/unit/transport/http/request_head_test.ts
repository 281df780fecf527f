/** The head of an HTTP request: what is accepted, and what is refused with which status. */
import assert from "node:assert/strict";
import { endOfHead, type HeadFault, parseHead, type RequestHead } from "../../../../src/transport/http/request_head.ts";

const encoder = new TextEncoder();

function parse(text: string): RequestHead | HeadFault {
  const bytes = encoder.encode(text);
  assert.equal(endOfHead(bytes), bytes.length, "the head has its end");
  return parseHead(bytes, 100);
}

function head(text: string): RequestHead {
  const parsed = parse(text);
  assert.ok(parsed.kind === "head", JSON.stringify(parsed));
  return parsed;
}

Deno.test("a request has method, path, fields and the length of its body", () => {
  const { method, target, headers, bodyBytes, keepsAlive, supportsChunks } = head(
    "POST /api/v1/announcements?x=%20y HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\nX-Two:  a b \t\r\nx-two: c\r\n\r\n",
  );
  assert.deepEqual([method, target, bodyBytes], ["POST", "/api/v1/announcements?x=%20y", 17]);
  assert.deepEqual([keepsAlive, supportsChunks], [true, true]);
  assert.equal(headers.get("x-two"), "a b, c");
});

Deno.test("RFC 9112 §3.2.2: a whole URL as target is its path; bare line feeds end lines, too", () => {
  assert.equal(head("GET http://bgpd/metrics HTTP/1.1\nHost: bgpd\n\n").target, "/metrics");
});

Deno.test("RFC 9112 §9.3: the version and the Connection field decide whether the connection stays", () => {
  for (
    const [version, connection, keeps] of [
      ["1.1", "", true],
      ["1.1", "Connection: close\r\n", false],
      ["1.1", "Connection: upgrade, Close\r\n", false],
      ["1.0", "", false],
      ["1.0", "Connection: keep-alive\r\n", true],
    ] as const
  ) assert.equal(head(`GET / HTTP/${version}\r\n${connection}\r\n`).keepsAlive, keeps, `${version} ${connection}`);
});

Deno.test("a malformed, too long or ambiguous request is refused", () => {
  for (
    const [text, status] of [
      ["GET /\r\n\r\n", 400],
      ["get / HTTP/1.1\r\n\r\n", 400],
      ["GET  / HTTP/1.1\r\n\r\n", 400],
      ["GET nowhere HTTP/1.1\r\n\r\n", 400],
      ["GET / HTTP/2.0\r\n\r\n", 505],
      ["CONNECT / HTTP/1.1\r\n\r\n", 501],
      ["GET / HTTP/1.1\r\nno field\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\nname : value\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\na: b\r\n folded\r\n\r\n", 400],
      ["GET / HTTP/1.1\r\na: \x01\r\n\r\n", 400],
      ["POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413],
      ["POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400],
      ["POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400],
      ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411],
      ["POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 411],
      ["POST / HTTP/1.1\r\nExpect: wonders\r\n\r\n", 417],
    ] as const
  ) {
    const parsed = parse(text);
    assert.equal(parsed.kind === "fault" ? parsed.status : 200, status, JSON.stringify(text));
  }
});

Deno.test("an incomplete head has no end, wherever it is cut", () => {
  const whole = encoder.encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  for (let cut = 0; cut < whole.length; cut++) assert.equal(endOfHead(whole.subarray(0, cut)), -1, `cut at ${cut}`);
});
