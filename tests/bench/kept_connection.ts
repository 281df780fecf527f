/** HTTP/1.1 of a few lines: answers with a length, one at a time. */
export class KeptConnection {
  readonly #connection: Deno.Conn;
  readonly #buffer = new Uint8Array(65_536);
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  async get(path: string): Promise<unknown> {
    await this.#connection.write(this.#encoder.encode(`GET ${path} HTTP/1.1\r\nHost: bgpd\r\n\r\n`));
    let text = "";
    for (;;) {
      const count = await this.#connection.read(this.#buffer);
      if (count === null) throw new Error(`the connection ended behind ${text}`);
      text += this.#decoder.decode(this.#buffer.subarray(0, count));
      const end = text.indexOf("\r\n\r\n");
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? NaN);
      if (end === -1 || text.length < end + 4 + length) continue;
      if (!text.startsWith("HTTP/1.1 200 ") || Number.isNaN(length)) throw new Error(text);
      return JSON.parse(text.slice(end + 4));
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
