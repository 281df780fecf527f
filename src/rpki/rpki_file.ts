/**
 * Files of VRPs and ASPAs in JSON, as relying parties write them: routinator (`json`, `jsonext`), rpki-client, and what
 * stayrtr serves. All have `roas` with `prefix`, `maxLength` and `asn`. ASPAs stand in `aspas` with `customer_asid`
 * (rpki-client, stayrtr) or `customer` (routinator), and in older files of rpki-client in `provider_authorizations`, by
 * family. Members with other names are skipped.
 */

import type { Asn, Prefix } from "../types/mod.ts";
import { AspaTable } from "./aspa_table.ts";
import { type FileError, type JsonCursor, readJson } from "./json_cursor.ts";
import { maxLengthFault, readAsn, readAsns, readMaxLength, readPrefix } from "./json_values.ts";
import { VrpTables } from "./vrp_tables.ts";

/** What a file says now. */
export interface RpkiFile {
  readonly vrps: VrpTables;
  readonly aspas: AspaTable;
  /** Entries whose `expires` has passed. They are left out. */
  readonly expiredCount: number;
  /** When the next entry expires, in seconds since 1970: the file says something else from then on. */
  readonly nextExpiry?: number;
}

/** Reads a whole file, or nothing of it: of a broken file the first mistake is reported. */
export function readRpkiFile(text: string, nowSeconds: number): { value: RpkiFile } | { error: FileError } {
  return readJson(text, (cursor) => new RpkiFileReader(cursor, nowSeconds).read());
}

class RpkiFileReader {
  readonly #cursor: JsonCursor;
  readonly #now: number;
  readonly #vrps = new VrpTables();
  readonly #aspas = new AspaTable();
  #expiredCount = 0;
  #nextExpiry = Infinity;

  constructor(cursor: JsonCursor, nowSeconds: number) {
    this.#cursor = cursor;
    this.#now = nowSeconds;
  }

  read(): RpkiFile {
    const cursor = this.#cursor;
    let hasData = false;
    cursor.object("the file", (name) => {
      if (name === "roas") cursor.array("roas", (number) => this.#readVrp(`of entry ${number} of roas`));
      else if (name === "aspas") cursor.array("aspas", (number) => this.#readAspa(`of entry ${number} of aspas`));
      else if (name === "provider_authorizations") this.#readByFamily();
      else return cursor.skip();
      hasData = true;
    });
    if (!hasData) cursor.fail("the file has neither roas nor aspas: it is no file of VRPs");
    const common = { vrps: this.#vrps, aspas: this.#aspas, expiredCount: this.#expiredCount };
    return this.#nextExpiry === Infinity ? common : { ...common, nextExpiry: this.#nextExpiry };
  }

  #readVrp(of: string): void {
    const cursor = this.#cursor;
    let prefix: Prefix | undefined;
    let asn: Asn | undefined;
    let maxLength: number | undefined;
    let expires = Infinity;
    cursor.object(of.slice(3), (name) => {
      if (name === "prefix") prefix = readPrefix(cursor, `the prefix ${of}`);
      else if (name === "asn") asn = readAsn(cursor, `asn ${of}`);
      else if (name === "maxLength") {
        maxLength = readMaxLength(cursor, `maxLength ${of}`);
        const fault = prefix === undefined ? undefined : maxLengthFault(prefix, maxLength);
        if (fault !== undefined) cursor.fail(`maxLength ${of} is ${fault}`);
      } else if (name === "expires") expires = cursor.number(`expires ${of}`);
      else cursor.skip();
    });
    if (prefix === undefined) return cursor.fail(`the prefix ${of} is missing`);
    if (asn === undefined) return cursor.fail(`asn ${of} is missing`);
    // Without one only the prefix itself is authorized (RFC 6482 §3.3).
    maxLength ??= prefix.length;
    const fault = maxLengthFault(prefix, maxLength);
    if (fault !== undefined) cursor.fail(`maxLength ${of} is ${fault}`);
    if (!this.#isCurrent(expires)) return;
    if (this.#vrps.add({ prefix, maxLength, asn }) === "full") cursor.fail("the file has over 16 million VRPs");
  }

  #readAspa(of: string): void {
    const cursor = this.#cursor;
    let customer: Asn | undefined;
    let providers: Asn[] | undefined;
    let expires = Infinity;
    cursor.object(of.slice(3), (name) => {
      if (name === "customer" || name === "customer_asid") customer = readAsn(cursor, `${name} ${of}`);
      else if (name === "providers") providers = readAsns(cursor, `providers ${of}`);
      else if (name === "expires") expires = cursor.number(`expires ${of}`);
      else cursor.skip();
    });
    if (customer === undefined) return cursor.fail(`the customer ${of} is missing`);
    if (providers === undefined) return cursor.fail(`the list of providers ${of} is missing`);
    if (this.#isCurrent(expires)) this.#aspas.extend(customer, providers);
  }

  /** The ASPAs of both families count for both: the draft knows no family any more (§7.1). */
  #readByFamily(): void {
    const cursor = this.#cursor;
    cursor.object("provider_authorizations", (family) => {
      const what = family === "ipv4" || family === "ipv6" ? `provider_authorizations.${family}` : undefined;
      if (what === undefined) cursor.skip();
      else cursor.array(what, (number) => this.#readAspa(`of entry ${number} of ${what}`));
    });
  }

  #isCurrent(expires: number): boolean {
    if (expires <= this.#now) {
      this.#expiredCount++;
      return false;
    }
    if (expires < this.#nextExpiry) this.#nextExpiry = expires;
    return true;
  }
}
