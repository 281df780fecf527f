/**
 * The head of an HTTP/1.1 request (RFC 9112): the request line and the header fields. An ambiguous head is refused,
 * because only an attacker sends one. No I/O.
 */

export interface RequestHead {
  readonly kind: "head";
  readonly method: string;
  /** Path and query, as received. */
  readonly target: string;
  readonly headers: Headers;
  /** Octets of the body. */
  readonly bodyBytes: number;
  /** RFC 9112 §9.3: the connection may carry another request. */
  readonly keepsAlive: boolean;
  /** False: HTTP/1.0, where the end of the connection is the end of the answer. */
  readonly supportsChunks: boolean;
  /** RFC 9110 §10.1.1: the client waits for "100 Continue" before it sends the body. */
  readonly expectsContinue: boolean;
}

export interface HeadFault {
  readonly kind: "fault";
  readonly status: 400 | 411 | 413 | 417 | 431 | 501 | 505;
  readonly reason: string;
}

/** A longer head is refused (431). */
export const maxHeadBytes = 16_384;

const lineFeed = 10, carriageReturn = 13;

/** The position after the empty line at the end of the head; -1 if the head is not complete yet. */
export function endOfHead(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
    const next = bytes[at + 1] === carriageReturn ? at + 2 : at + 1;
    if (bytes[next] === lineFeed) return next + 1;
  }
  return -1;
}

const requestLine = /^([A-Z]{1,16}) (\S{1,8000}) HTTP\/(\d)\.(\d)$/;
const field = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/;

/** `bytes`: the whole head with its empty line. `mostBodyBytes`: a longer body is refused (413). */
export function parseHead(bytes: Uint8Array, mostBodyBytes: number): RequestHead | HeadFault {
  const [first = "", ...lines] = latin1(bytes).split(/\r?\n/);
  const [, method, target = "", major, minor] = requestLine.exec(first) ?? [];
  if (method === undefined) return fault(400, "the first line is not an HTTP request line");
  if (major !== "1") return fault(505, "only HTTP/1.0 and HTTP/1.1 are supported");
  // The `Request` class does not accept these methods.
  if (/^(CONNECT|TRACE|TRACK)$/.test(method)) return fault(501, `method ${method} is not supported`);
  const path = pathOf(target);
  if (path === undefined) return fault(400, "the request target is not a path");
  const headers = new Headers();
  for (const line of lines) {
    if (line === "") break;
    const [, name, value = ""] = field.exec(line) ?? [];
    // deno-lint-ignore no-control-regex
    if (name === undefined || /[\x00-\x08\x0a-\x1f\x7f]/.test(value)) return fault(400, "a header field is malformed");
    headers.append(name, value);
  }
  const body = bodyOf(headers, mostBodyBytes);
  if (typeof body !== "number") return body;
  const expectation = headers.get("expect")?.toLowerCase();
  if (expectation !== undefined && expectation !== "100-continue") {
    return fault(417, "the only supported Expect is 100-continue");
  }
  const connection = (headers.get("connection") ?? "").toLowerCase().split(",").map((each) => each.trim());
  const supportsChunks = minor !== "0";
  const keepsAlive = supportsChunks ? !connection.includes("close") : connection.includes("keep-alive");
  const expectsContinue = supportsChunks && expectation !== undefined;
  return {
    kind: "head",
    method,
    target: path,
    headers,
    bodyBytes: body,
    keepsAlive,
    supportsChunks,
    expectsContinue,
  };
}

/** RFC 9112 §3.2: the target is a path; or a whole URL, as a proxy receives it. */
function pathOf(target: string): string | undefined {
  const path = /^(?:https?:\/\/[^/?#]*)?(\/[^#]*)$/i.exec(target)?.[1];
  return path !== undefined && URL.canParse(`http://bgpd${path}`) ? path : undefined;
}

/** RFC 9112 §6.3: the length of the body. Two different lengths are an attack. */
function bodyOf(headers: Headers, most: number): number | HeadFault {
  if (headers.has("transfer-encoding")) return fault(411, "a request with a body needs Content-Length");
  const length = headers.get("content-length");
  if (length === null) return 0;
  if (!/^\d{1,15}$/.test(length)) return fault(400, "Content-Length is not a number");
  return Number(length) > most ? fault(413, `the body is longer than ${most} octets`) : Number(length);
}

function fault(status: HeadFault["status"], reason: string): HeadFault {
  return { kind: "fault", status, reason };
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return text;
}
