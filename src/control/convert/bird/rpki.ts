/** `protocol rpki` of BIRD as `[[rpki_caches]]`. */

import type { Draft } from "../draft.ts";
import { Table } from "../document.ts";
import { NotUnderstood } from "../place.ts";
import type { BgpProtocol } from "./peers.ts";
import { type Statement, statementsOf, statementText } from "./statements.ts";

/** Adds the cache of the protocol to the draft. */
export function addRpkiCache({ name, at, statements }: BgpProtocol, draft: Draft): void {
  const table = new Table("rpki_caches", [["address", ""], ["name", name]]);
  const cache = new CacheReader(table, draft, name);
  for (const statement of statements) {
    try {
      cache.read(statement);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      table.comments.push(...draft.notes.leave(statement.at, `${statementText(statement)}: ${error.message}`));
    }
  }
  const { address, port } = cache;
  if (address === undefined || cache.isSsh) {
    table.isCommentedOut = true;
    const why = cache.isSsh ? "bgpd does not speak SSH to caches" : "bgpd needs the address of the cache";
    table.comments.push(...draft.notes.leave(at, `protocol rpki ${name}: ${why}`));
  }
  const host = address ?? "192.0.2.1";
  table.keys.set("address", host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
  draft.rpkiCaches.push(table);
}

class CacheReader {
  address: string | undefined;
  /** Of RTR over TCP (RFC 8210 §12). */
  port = 323;
  isSsh = false;
  readonly #table: Table;
  readonly #draft: Draft;
  readonly #name: string;

  constructor(table: Table, draft: Draft, name: string) {
    this.#table = table;
    this.#draft = draft;
    this.#name = name;
  }

  read(statement: Statement): void {
    const { head, block, at } = statement;
    const words = head.map(({ text }) => text);
    const [word = "", second = ""] = words;
    const numbers = head.filter(({ kind }) => kind === "number").map(({ text }) => Number(text));
    switch (word) {
      case "roa4":
      case "roa6":
      case "local":
      case "description":
        return;
      case "remote":
        if (head[1]?.kind === "address") this.address = second;
        else if (head[1] !== undefined) throw new NotUnderstood("bgpd needs the address of the cache");
        return this.#port(words);
      case "port":
        return this.#port(words);
      case "refresh":
      case "retry":
      case "expire":
        return void this.#table.keys.set(word, numbers[0] ?? 0);
      case "max":
      case "min":
        if (second === "version" && word === "max") this.#table.keys.set("version", numbers[0] ?? 2);
        return;
      case "transport":
        this.isSsh = second === "ssh";
        if (block !== undefined && !this.isSsh) {
          for (const each of statementsOf(block, this.#draft.notes)) this.read(each);
        }
        return;
      case "authentication":
        return;
      case "password":
        return void this.#table.keys.set("password_file", this.#draft.secretFile(this.#name, second, at));
    }
    throw new NotUnderstood("bgpd has no such option");
  }

  #port(words: readonly string[]): void {
    const at = words.indexOf("port");
    if (at !== -1) this.port = Number(words[at + 1]);
  }
}
