/** What a request asks, and what an answer is: plain values, so that requests can be answered in any thread. */

/** A request for reading, as a worker gets it. */
export interface Question {
  /** The path, decoded part by part by {@link matchRoute}. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
}

export interface Answer {
  /** 200 without it. */
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * A text; or the parts of one, each made when the client has room for it. Between two parts no statement of SQLite
   * is open, since an open one keeps the router from emptying its log. A part may be empty: work that takes long gives
   * an empty part every 10 ms, so that the worker can look after others, and ends where the client has gone.
   */
  readonly body: string | Iterable<string> | AsyncIterable<string>;
  /** For so long, the answer may be given to others who ask the same. */
  readonly cacheMs?: number;
}

/** A request that cannot be answered: one sentence for the one who asks. */
export class WebError extends Error {
  constructor(readonly status: 400 | 404 | 406 | 410 | 422 | 429 | 500 | 503 | 504, message: string) {
    super(message);
  }
}

export const jsonType = "application/json; charset=utf-8";

export function json(value: unknown, options: { readonly status?: number; readonly cacheMs?: number } = {}): Answer {
  return { headers: { "content-type": jsonType }, body: JSON.stringify(value) + "\n", ...options };
}

/** A list as a JSON array with an item on each line, or as NDJSON; `pages`: some items at a time. */
export function* listParts(pages: Iterable<Iterable<unknown>>, form: "json" | "ndjson"): Generator<string> {
  const [open, between, close] = form === "json" ? ["[\n", ",\n", "\n]\n"] : ["", "\n", "\n"];
  let separator = open;
  for (const page of pages) {
    let text = "";
    for (const item of page) {
      text += separator + JSON.stringify(item);
      separator = between;
    }
    yield text;
  }
  if (separator !== open) yield close;
  else if (form === "json") yield "[]\n";
}
