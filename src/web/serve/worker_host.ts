/** A worker: answers questions with a read-only connection of its own. Answers in parts take turns. */

import { StoreError, WebReader } from "../../store/mod.ts";
import { type Answer, type Question, WebError } from "../answers/answer.ts";
import { type Context, findRoute, type Front, runRoute } from "../answers/front.ts";
import type { FromWorker, ToWorker } from "./worker_messages.ts";

/** A part has so many octets or more, unless it took too long to make. */
const partBytes = 65_536;
const partMs = 10;
/** So often, at most, the worker looks whether the database is another file. */
const fileCheckMs = 1_000;

type Parts = Iterator<string> | AsyncIterator<string>;

type Opening = ToWorker & { readonly kind: "open" };

export class WorkerHost {
  readonly #post: (message: FromWorker, transfer?: Transferable[]) => void;
  readonly #fronts: readonly Front[];
  readonly #bodies = new Map<number, Parts>();
  /** Questions whose answer is being made, and those of them whose client has gone. */
  readonly #asking = new Set<number>();
  readonly #cancelled = new Set<number>();
  readonly #encoder = new TextEncoder();
  #opening: Opening | undefined;
  #reader: WebReader | undefined;
  #file: string | undefined;
  #checkedAt = -Infinity;

  constructor(fronts: readonly Front[], post: (message: FromWorker, transfer?: Transferable[]) => void) {
    this.#fronts = fronts;
    this.#post = post;
  }

  handle(message: ToWorker): void {
    switch (message.kind) {
      case "open":
        this.#opening = message;
        return;
      case "ask":
        return void this.#ask(message);
      case "pull":
        return void this.#pull(message.id);
      case "cancel":
        return void this.#cancel(message.id);
    }
  }

  close(): void {
    this.#reader?.close();
  }

  /** Never rejects. */
  async #ask({ id, path, query, accept }: ToWorker & { readonly kind: "ask" }): Promise<void> {
    const question: Question = { path, query: new URLSearchParams(query), accept };
    this.#asking.add(id);
    const { status = 200, headers, body, cacheMs = 0 } = await this.#answer(question);
    this.#asking.delete(id);
    if (this.#cancelled.delete(id)) return;
    const isWhole = typeof body === "string";
    const bytes = isWhole ? this.#encoder.encode(body) : undefined;
    if (!isWhole) this.#bodies.set(id, partsOf(body));
    this.#post(
      { kind: "answer", id, status, headers, cacheMs, bytes },
      bytes === undefined ? [] : [bytes.buffer],
    );
  }

  async #answer(question: Question): Promise<Answer> {
    const plain = (status: number, reason: string): Answer => ({
      status,
      headers: { "content-type": "text/plain; charset=utf-8" },
      body: `${reason}\n`,
    });
    let front: Front | undefined;
    const failure = (status: number, reason: string) => front?.failure(status, reason) ?? plain(status, reason);
    try {
      const found = findRoute(this.#fronts, question.path);
      front = found !== undefined && "front" in found ? found.front : found;
      if (found === undefined || !("front" in found)) return failure(404, `there is no ${question.path}`);
      return await runRoute(found, question, this.#context());
    } catch (error) {
      if (error instanceof WebError) return failure(error.status, error.message);
      if (error instanceof StoreError) return failure(503, error.message);
      this.#post({ kind: "bug", text: textOf(error) });
      return failure(500, "bgpd web has a bug; its log has the details");
    }
  }

  #context(): Context {
    const { database, settings, version } = this.#opening!;
    return { reader: this.#openReader(database), database, settings, version, now: () => Date.now() };
  }

  /** The router may have made a new file. */
  #openReader(database: string): WebReader {
    const now = performance.now();
    if (this.#reader !== undefined && now - this.#checkedAt < fileCheckMs) return this.#reader;
    this.#checkedAt = now;
    const file = identityOf(database);
    if (this.#reader !== undefined && file === this.#file && file !== undefined) return this.#reader;
    this.#reader?.close();
    this.#reader = undefined;
    this.#reader = new WebReader(database);
    this.#file = file;
    return this.#reader;
  }

  /** Makes the next part. Never rejects. */
  async #pull(id: number): Promise<void> {
    const parts = this.#bodies.get(id);
    if (parts === undefined) return;
    try {
      const began = performance.now();
      let text = "", isLast = false;
      while (text.length < partBytes && (text === "" || performance.now() - began < partMs)) {
        const step = parts.next();
        const { done, value } = step instanceof Promise ? await step : step;
        if (done === true) isLast = true;
        else text += value;
        if (isLast) break;
        // An empty part: others come first, and the client may have gone.
        if (value === "") await new Promise((resolve) => setTimeout(resolve));
        if (!this.#bodies.has(id)) return;
      }
      if (isLast) this.#bodies.delete(id);
      const bytes = this.#encoder.encode(text);
      this.#post({ kind: "part", id, bytes, isLast }, [bytes.buffer]);
    } catch (error) {
      this.#bodies.delete(id);
      if (!(error instanceof WebError || error instanceof StoreError)) {
        this.#post({ kind: "bug", text: textOf(error) });
      }
      this.#post({ kind: "broken", id, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Never rejects. */
  async #cancel(id: number): Promise<void> {
    if (this.#asking.has(id)) this.#cancelled.add(id);
    const parts = this.#bodies.get(id);
    if (parts === undefined) return;
    this.#bodies.delete(id);
    try {
      await parts.return?.();
    } catch (error) {
      this.#post({ kind: "bug", text: textOf(error) });
    }
  }
}

function partsOf(body: Iterable<string> | AsyncIterable<string>): Parts {
  return Symbol.iterator in body ? body[Symbol.iterator]() : body[Symbol.asyncIterator]();
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}/${ino}`;
  } catch {
    return undefined;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
