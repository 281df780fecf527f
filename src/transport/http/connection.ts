/**
 * One HTTP/1.1 connection: it reads a request, writes the answer, and reads the next request. Everything that a client
 * can delay has a time limit. When the client hangs up, or the answer ends, the signal of the request is aborted.
 */

import { clientHeader } from "./client_header.ts";
import { endOfHead, type HeadFault, maxHeadBytes, parseHead, type RequestHead } from "./request_head.ts";

export type App = (request: Request) => Reply | Promise<Reply>;

export type Reply = Response | Endless | Upgrade;

/** An answer that goes on for as long as the client listens: {@link Patience.answerMs} does not end it. */
export class Endless {
  constructor(readonly response: Response) {}
}

/** Another protocol takes the connection over (RFC 9110 §7.8). */
export class Upgrade {
  /** `take` gets the connection and the octets that came after the request; when it resolves, the connection ends. */
  constructor(
    readonly headers: Readonly<Record<string, string>>,
    readonly take: (conn: Deno.Conn, arrived: Uint8Array) => Promise<void>,
  ) {}
}

/** Time limits. */
export interface Patience {
  /** From the end of a request to the start of the next one. */
  readonly idleMs: number;
  /** From the first octet of a request to its last one. */
  readonly requestMs: number;
  /** For each write: until the client takes some octets. */
  readonly writeMs: number;
  /** From the end of a request to the end of its answer. */
  readonly answerMs: number;
}

/** A longer body is refused (413), unless the socket allows more. */
export const maxBodyBytes = 65_536;
const firstBufferBytes = 2_048;

const encoder = new TextEncoder();

export class HttpConnection {
  /** Since when the connection waits for a request; `undefined`: a request is being read or answered. */
  idleSince: number | undefined = performance.now();
  readonly #conn: Deno.Conn;
  readonly #app: App;
  readonly #patience: Patience;
  readonly #maxBodyBytes: number;
  #buffer = new Uint8Array(firstBufferBytes);
  #filled = 0;
  /** The read in progress. It resolves to false at the end of the stream. */
  #reading: Promise<boolean> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #answering: AbortController | undefined;
  #isClosing = false;
  #isGone = false;

  constructor(conn: Deno.Conn, app: App, patience: Patience, bodyBytes = maxBodyBytes) {
    this.#conn = conn;
    this.#app = app;
    this.#patience = patience;
    this.#maxBodyBytes = bodyBytes;
  }

  /** Answers requests until the connection ends. Never rejects. */
  async run(): Promise<void> {
    try {
      while (!this.#isGone && await this.#serveOne());
    } catch {
      // The client hung up, or a time limit passed.
    } finally {
      this.destroy();
    }
  }

  /** Closes the connection: at once if it is idle, otherwise after the answer. */
  close(): void {
    this.#isClosing = true;
    if (this.idleSince !== undefined) this.destroy();
  }

  /** Closes the connection at once. */
  destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#timer);
    this.#answering?.abort(new DOMException("the client has gone", "AbortError"));
    this.#conn.close();
  }

  /** Reads one request and answers it. Returns false if the connection must end. */
  async #serveOne(): Promise<boolean> {
    const head = await this.#readHead();
    if (head === undefined) return false;
    if (head.kind === "fault") {
      await this.#answer(failure(head), undefined);
      return false;
    }
    const body = await this.#readBody(head);
    if (body === undefined) return false;
    this.#within(this.#patience.answerMs);
    const answering = this.#answering = new AbortController();
    // Meanwhile the client may hang up. The promise never rejects.
    if (!head.headers.has("upgrade")) void this.#watch();
    try {
      const { remoteAddr } = this.#conn;
      if (remoteAddr.transport === "tcp") head.headers.set(clientHeader, remoteAddr.hostname);
      const reply = await unlessGone(this.#app(requestOf(head, body, answering.signal)), answering.signal);
      if (reply instanceof Upgrade) return await this.#upgrade(reply);
      if (!(reply instanceof Endless)) return await this.#answer(reply, head);
      clearTimeout(this.#timer);
      await this.#answer(reply.response, head);
      return false;
    } finally {
      this.#answering = undefined;
      // Work for a part of the answer that was not read ends here.
      answering.abort(new DOMException("the request is answered", "AbortError"));
      this.idleSince = performance.now();
    }
  }

  async #readHead(): Promise<RequestHead | HeadFault | undefined> {
    this.#within(this.#patience.idleMs);
    for (;;) {
      const end = endOfHead(this.#buffer.subarray(0, Math.min(this.#filled, maxHeadBytes)));
      if (end !== -1) {
        this.idleSince = undefined;
        const head = parseHead(this.#buffer.subarray(0, end), this.#maxBodyBytes);
        this.#drop(end);
        return head;
      }
      if (this.#filled >= maxHeadBytes) {
        return { kind: "fault", status: 431, reason: "the head of the request is too long" };
      }
      const isFirst = this.#filled === 0;
      if (!await this.#read()) return undefined;
      if (isFirst) this.#within(this.#patience.requestMs);
    }
  }

  async #readBody({ bodyBytes, expectsContinue }: RequestHead): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (expectsContinue && this.#filled < bodyBytes) await this.#write(encoder.encode("HTTP/1.1 100 Continue\r\n\r\n"));
    while (this.#filled < bodyBytes) if (!await this.#read()) return undefined;
    const body = this.#buffer.slice(0, bodyBytes);
    this.#drop(bodyBytes);
    return body;
  }

  /**
   * Reads while a request is being answered, until the buffer is full: this is how a hang-up is noticed. Never
   * rejects.
   */
  async #watch(): Promise<void> {
    const answering = this.#answering;
    try {
      while (this.#answering === answering && this.#filled < this.#bufferBytes) {
        if (await this.#read()) continue;
        if (this.#answering === answering) this.destroy();
        return;
      }
    } catch {
      if (this.#answering === answering) this.destroy();
    }
  }

  /**
   * Reads some octets. Returns false at the end of the stream. Only one read runs at a time; a second caller waits
   * for it.
   */
  #read(): Promise<boolean> {
    return this.#reading ??= this.#readSome().finally(() => this.#reading = undefined);
  }

  async #readSome(): Promise<boolean> {
    if (this.#filled === this.#buffer.length) this.#makeRoom(1);
    // A buffer of its own: `#buffer` may move while the kernel writes into this one.
    const into = new Uint8Array(this.#buffer.length - this.#filled);
    const count = await this.#conn.read(into);
    if (count === null) return false;
    this.#makeRoom(count);
    this.#buffer.set(into.subarray(0, count), this.#filled);
    this.#filled += count;
    return true;
  }

  get #bufferBytes(): number {
    return maxHeadBytes + this.#maxBodyBytes;
  }

  #makeRoom(octets: number): void {
    if (this.#filled + octets <= this.#buffer.length) return;
    const wider = new Uint8Array(Math.min(this.#bufferBytes, Math.max(this.#filled + octets, 4 * this.#buffer.length)));
    wider.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = wider;
  }

  #drop(octets: number): void {
    this.#buffer.copyWithin(0, octets, this.#filled);
    this.#filled -= octets;
    if (this.#filled === 0 && this.#buffer.length > firstBufferBytes) this.#buffer = new Uint8Array(firstBufferBytes);
  }

  async #upgrade({ headers, take }: Upgrade): Promise<false> {
    clearTimeout(this.#timer);
    let text = "HTTP/1.1 101 Switching Protocols\r\n";
    for (const [name, value] of Object.entries(headers)) text += `${name}: ${value}\r\n`;
    await this.#write(encoder.encode(`${text}connection: Upgrade\r\n\r\n`));
    await take(this.#conn, this.#buffer.slice(0, this.#filled));
    return false;
  }

  /** Writes the answer. Returns false if the connection must end after it. */
  async #answer(response: Response, head: RequestHead | undefined): Promise<boolean> {
    const reader = response.body?.getReader();
    try {
      const first = await reader?.read();
      const second = first?.done === false ? await reader?.read() : undefined;
      const isWhole = second === undefined || second.done;
      const chunked = !isWhole && head?.supportsChunks === true;
      const stays = head?.keepsAlive === true && !this.#isClosing && (isWhole || chunked);
      const start = startOf(response, isWhole ? first?.value?.length ?? 0 : undefined, chunked, stays, head?.method);
      const piece = chunked ? chunkOf : (bytes: Uint8Array) => bytes;
      await this.#write(first?.value === undefined ? start : joined(start, piece(first.value)));
      for (let next = second; next !== undefined && !next.done; next = await reader?.read()) {
        await this.#write(piece(next.value));
      }
      if (chunked) await this.#write(encoder.encode("0\r\n\r\n"));
      return stays;
    } finally {
      // If the client hung up, the source of the answer must stop. It may have failed already.
      void reader?.cancel().catch(() => {});
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length;) {
      const limit = setTimeout(() => this.destroy(), this.#patience.writeMs);
      try {
        start += await this.#conn.write(bytes.subarray(start));
      } finally {
        clearTimeout(limit);
      }
    }
  }

  #within(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.destroy(), ms);
  }
}

/** The answer; rejects if the client hangs up before. A later answer is cancelled. */
function unlessGone(answer: Reply | Promise<Reply>, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    void Promise.resolve(answer).then((reply) => {
      signal.removeEventListener("abort", onAbort);
      const response = reply instanceof Endless ? reply.response : reply;
      if (signal.aborted && response instanceof Response) void response.body?.cancel().catch(() => {});
      resolve(reply);
    }, reject);
  });
}

/** The body of every failed request of the API. */
export function failureText(reason: string): string {
  return JSON.stringify({ error: reason }) + "\n";
}

function failure({ status, reason }: HeadFault): Response {
  return new Response(failureText(reason), { status, headers: { "content-type": "application/json" } });
}

function requestOf(
  { method, target, headers }: RequestHead,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Request {
  const content = body.length > 0 && method !== "GET" && method !== "HEAD" ? { body } : {};
  return new Request(`http://bgpd${target}`, { method, headers, signal, ...content });
}

/** `bodyBytes`: `undefined` if the length is not known yet. */
function startOf(
  { status, headers }: Response,
  bodyBytes: number | undefined,
  chunked: boolean,
  stays: boolean,
  method: string | undefined,
): Uint8Array {
  let text = `HTTP/1.1 ${status} ${reasonPhrases[status] ?? "Status"}\r\n`;
  for (const [name, value] of headers) text += `${name}: ${value}\r\n`;
  if (chunked) text += "transfer-encoding: chunked\r\n";
  else if (bodyBytes !== undefined && method !== "HEAD" && status !== 204 && status !== 304) {
    text += `content-length: ${bodyBytes}\r\n`;
  }
  return encoder.encode(
    `${text}date: ${new Date().toUTCString()}\r\nconnection: ${stays ? "keep-alive" : "close"}\r\n\r\n`,
  );
}

const reasonPhrases: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  204: "No Content",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  409: "Conflict",
  411: "Length Required",
  413: "Content Too Large",
  414: "URI Too Long",
  417: "Expectation Failed",
  421: "Misdirected Request",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

function chunkOf(bytes: Uint8Array): Uint8Array {
  const start = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  return joined(start, bytes, Uint8Array.of(13, 10));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
