/**
 * Local exceptions to the RPKI: SLURM files (RFC 8416), with ASPAs in version 2 (draft-ietf-sidrops-aspa-slurm).
 * Filters take VRPs and ASPAs away from what the sources say, then assertions add some: an assertion stays, whatever a
 * filter matches (RFC 8416 §4.1).
 */

import type { Asn, Prefix } from "../types/mod.ts";
import { AspaTable } from "./aspa_table.ts";
import { type FileError, type JsonCursor, readJson, shortened } from "./json_cursor.ts";
import { maxLengthFault, readAsn, readAsns, readMaxLength, readPrefix } from "./json_values.ts";
import { OriginStates } from "./states.ts";
import type { Aspa, Vrp } from "./vrp.ts";
import { VrpTables } from "./vrp_tables.ts";

/** The exceptions of one file. */
export class Slurm {
  /** Filters with a prefix and an AS, as VRPs that reach to the longest prefix. */
  readonly #pairs = new VrpTables();
  /** Filters with a prefix alone. */
  readonly #prefixes = new VrpTables();
  /** Filters with an AS alone. */
  readonly #asns = new Set<Asn>();
  readonly #customers = new Set<Asn>();
  /** The assertions. A source that announces or withdraws one of them changes nothing. */
  readonly vrps = new VrpTables();
  readonly aspas = new AspaTable();

  /** RFC 8416 §3.3.1: a filter matches the VRPs at or inside its prefix, those of its AS, or those that are both. */
  addPrefixFilter(prefix: Prefix | undefined, asn: Asn | undefined): void {
    if (prefix === undefined) this.#asns.add(asn!);
    else if (asn === undefined) this.#prefixes.add({ prefix, maxLength: 8 * prefix.octets.length, asn: 0 });
    else this.#pairs.add({ prefix, maxLength: 8 * prefix.octets.length, asn });
  }

  addAspaFilter(customer: Asn): void {
    this.#customers.add(customer);
  }

  addVrp(vrp: Vrp): void {
    this.vrps.add(vrp);
  }

  addAspa({ customer, providers }: Aspa): void {
    this.aspas.extend(customer, providers);
  }

  /** True where a filter takes this VRP away. */
  filtersVrp({ prefix, asn }: Vrp): boolean {
    if (this.#asns.has(asn) || this.#prefixes.validate(prefix, 0) !== OriginStates.notFound) return true;
    // A filter of AS 0 is no exception: it matches VRPs of AS 0, where a route never matches a VRP of AS 0.
    return this.#pairs.covering(prefix).some((filter) => filter.asn === asn);
  }

  /** True where a filter takes the ASPA of this customer away. */
  filtersAspa(customer: Asn): boolean {
    return this.#customers.has(customer);
  }
}

/** Reads a whole file, or nothing of it: RFC 8416 §3.1 makes each deviation an error, unknown members included. */
export function readSlurm(text: string): { value: Slurm } | { error: FileError } {
  return readJson(text, (cursor) => new SlurmReader(cursor).read());
}

class SlurmReader {
  readonly #cursor: JsonCursor;
  readonly #slurm = new Slurm();
  /** ASPAs belong to version 2; the version may follow them in the file. */
  #hasAspas = false;

  constructor(cursor: JsonCursor) {
    this.#cursor = cursor;
  }

  read(): Slurm {
    const cursor = this.#cursor;
    let version: number | undefined;
    this.#members("the file", ["slurmVersion", "validationOutputFilters", "locallyAddedAssertions"], (name) => {
      if (name === "validationOutputFilters") this.#readFilters();
      else if (name === "locallyAddedAssertions") this.#readAssertions();
      else {
        version = cursor.number(name);
        if (version !== 1 && version !== 2) cursor.fail(`slurmVersion is ${version}; known are 1 and 2`);
      }
    });
    if (version === 1 && this.#hasAspas) cursor.fail("ASPAs need slurmVersion 2; the file has 1");
    return this.#slurm;
  }

  #readFilters(): void {
    const cursor = this.#cursor;
    const known = ["prefixFilters", "bgpsecFilters", "aspaFilters"];
    this.#members("validationOutputFilters", known, (name) => {
      if (name === "prefixFilters") cursor.array(name, (number) => this.#readPrefixFilter(number));
      else if (name === "aspaFilters") cursor.array(name, (number) => this.#readAspaFilter(number));
      else cursor.skip();
    }, 2);
  }

  #readAssertions(): void {
    const cursor = this.#cursor;
    const known = ["prefixAssertions", "bgpsecAssertions", "aspaAssertions"];
    this.#members("locallyAddedAssertions", known, (name) => {
      if (name === "prefixAssertions") cursor.array(name, (number) => this.#readPrefixAssertion(number));
      else if (name === "aspaAssertions") cursor.array(name, (number) => this.#readAspaAssertion(number));
      else cursor.skip();
    }, 2);
  }

  #readPrefixFilter(number: number): void {
    const of = `of entry ${number} of prefixFilters`;
    let prefix: Prefix | undefined;
    let asn: Asn | undefined;
    this.#members(of.slice(3), ["prefix", "asn", "comment"], (name) => {
      if (name === "prefix") prefix = readPrefix(this.#cursor, `the prefix ${of}`);
      else if (name === "asn") asn = readAsn(this.#cursor, `asn ${of}`);
      else this.#cursor.string(`the comment ${of}`);
    }, 0);
    if (prefix === undefined && asn === undefined) {
      this.#cursor.fail(`entry ${number} of prefixFilters has neither a prefix nor an asn`);
    }
    this.#slurm.addPrefixFilter(prefix, asn);
  }

  #readPrefixAssertion(number: number): void {
    const of = `of entry ${number} of prefixAssertions`;
    let prefix: Prefix | undefined;
    let asn: Asn | undefined;
    let maxLength: number | undefined;
    this.#members(of.slice(3), ["prefix", "asn", "maxPrefixLength", "comment"], (name) => {
      if (name === "prefix") prefix = readPrefix(this.#cursor, `the prefix ${of}`);
      else if (name === "asn") asn = readAsn(this.#cursor, `asn ${of}`);
      else if (name === "maxPrefixLength") maxLength = readMaxLength(this.#cursor, `maxPrefixLength ${of}`);
      else this.#cursor.string(`the comment ${of}`);
    }, 2);
    const fault = maxLength === undefined ? undefined : maxLengthFault(prefix!, maxLength);
    if (fault !== undefined) this.#cursor.fail(`maxPrefixLength ${of} is ${fault}`);
    this.#slurm.addVrp({ prefix: prefix!, maxLength: maxLength ?? prefix!.length, asn: asn! });
  }

  #readAspaFilter(number: number): void {
    const of = `of entry ${number} of aspaFilters`;
    let customer: Asn | undefined;
    this.#members(of.slice(3), ["customerAsn", "comment"], (name) => {
      if (name === "customerAsn") customer = readAsn(this.#cursor, `customerAsn ${of}`);
      else this.#cursor.string(`the comment ${of}`);
    }, 1);
    this.#hasAspas = true;
    this.#slurm.addAspaFilter(customer!);
  }

  #readAspaAssertion(number: number): void {
    const of = `of entry ${number} of aspaAssertions`;
    let customer: Asn | undefined;
    let providers: Asn[] = [];
    this.#members(of.slice(3), ["customerAsn", "providerAsns", "comment"], (name) => {
      if (name === "customerAsn") customer = readAsn(this.#cursor, `customerAsn ${of}`);
      else if (name === "providerAsns") providers = readAsns(this.#cursor, `providerAsns ${of}`);
      else this.#cursor.string(`the comment ${of}`);
    }, 2);
    this.#hasAspas = true;
    this.#slurm.addAspa({ customer: customer!, providers });
  }

  /** An object whose members are these, each at most once; the first `required` must be there. */
  #members(what: string, known: readonly string[], onMember: (name: string) => void, required = known.length): void {
    const cursor = this.#cursor;
    const seen = new Set<string>();
    cursor.object(what, (name) => {
      if (!known.includes(name)) {
        cursor.fail(`${what} has the member "${shortened(name)}"; RFC 8416 knows ${known.join(", ")}`);
      }
      if (seen.has(name)) cursor.fail(`${what} has two members "${name}"`);
      seen.add(name);
      onMember(name);
    });
    const missing = known.slice(0, required).find((name) => !seen.has(name));
    if (missing !== undefined) cursor.fail(`${what} has no member "${missing}"`);
  }
}
