/** bzip2, in which RouteViews keeps its files. The only file that knows the library. */

import unbzip2 from "unbzip2-stream";

/** What we use of a `through` stream: it calls back from inside `write` and `end`. */
interface Unbzip2 {
  on(event: "data", callback: (octets: Uint8Array) => void): void;
  on(event: "error", callback: (error: Error) => void): void;
  write(octets: Uint8Array): boolean;
  end(): void;
}

/** Unpacks chunk by chunk. A file that is cut off yields its whole blocks, then an error. */
export async function* bunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream: Unbzip2 = unbzip2();
  let ready: Uint8Array[] = [];
  let failure: Error | undefined;
  stream.on("data", (octets) => ready.push(octets));
  stream.on("error", (error) => failure ??= error);
  for await (const chunk of chunks) {
    stream.write(chunk);
    yield* take();
    if (failure !== undefined) throw broken(failure);
  }
  stream.end();
  yield* take();
  if (failure !== undefined) throw broken(failure);

  function* take(): Generator<Uint8Array> {
    const taken = ready;
    ready = [];
    yield* taken;
  }
}

function broken(cause: Error): Error {
  return new Error("its bzip2 data end early or are damaged", { cause });
}
