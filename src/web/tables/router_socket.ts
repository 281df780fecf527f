/**
 * Questions to the running router, over the socket that it has for readers. What the database does not have is asked
 * there: what is written to a peer, what is withheld from it and why. The router limits how much its readers may take.
 */

import { controlSocketPath, readerSocketPath } from "../../control/mod.ts";
import { WebError } from "../answers/answer.ts";

/** A router that hangs is not waited for. */
const answerMs = 5_000;

/** The answer to `/api/v1` + `path`, parsed; `undefined`: no router answers. */
export async function askRouter<T>(database: string, path: string): Promise<T | undefined> {
  for (const socket of [readerSocketPath(database), controlSocketPath(database)]) {
    using client = Deno.createHttpClient({ proxy: { transport: "unix", path: socket } });
    try {
      const response = await fetch(`http://bgpd/api/v1${path}`, { client, signal: AbortSignal.timeout(answerMs) });
      if (response.ok) return await response.json() as T;
      await response.body?.cancel();
      return undefined;
    } catch {
      // The socket is missing, another user's, or nobody listens.
    }
  }
  return undefined;
}

/** Throws {@link WebError} where no router answers: a list that has begun can only break off. */
export async function checkRouter(database: string): Promise<void> {
  if (await askRouter(database, "/status") === undefined) throw noRouter();
}

function noRouter(): WebError {
  return new WebError(503, "the router does not answer: only it knows what its peers are sent");
}

/**
 * A list of the router, some items at a time, as fast as the caller takes them. The router ends the answer if the
 * caller does not go on. Throws {@link WebError} in words where the router does not answer, or refuses.
 */
export async function* routerList<T>(database: string, path: string): AsyncGenerator<readonly T[], void, undefined> {
  using client = await connected(database, path);
  let rest = "";
  for await (const chunk of client.response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    // The list has one item on each line.
    yield lines.flatMap((line) => line.startsWith("{") ? [JSON.parse(line.replace(/,$/, "")) as T] : []);
  }
}

interface Connected extends Disposable {
  readonly response: Response;
}

async function connected(database: string, path: string): Promise<Connected> {
  for (const socket of [readerSocketPath(database), controlSocketPath(database)]) {
    const client = Deno.createHttpClient({ proxy: { transport: "unix", path: socket } });
    const gone = new AbortController();
    const late = setTimeout(() => gone.abort(), answerMs);
    let response: Response;
    try {
      response = await fetch(`http://bgpd/api/v1${path}`, { client, signal: gone.signal });
    } catch {
      client.close();
      continue;
    } finally {
      clearTimeout(late);
    }
    const close = () => {
      gone.abort();
      client.close();
    };
    if (response.ok) return { response, [Symbol.dispose]: close };
    const { error } = await response.json().catch(() => ({})) as { error?: string };
    close();
    throw new WebError(response.status === 404 ? 404 : 503, error ?? `the router answers with ${response.status}`);
  }
  throw noRouter();
}
