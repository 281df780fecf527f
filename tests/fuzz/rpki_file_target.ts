/** Files of VRPs and ASPAs, and of local exceptions: each is read whole, or refused with a place inside it. */
import assert from "node:assert/strict";
import { type FileError, readRpkiFile, readSlurm } from "../../src/rpki/mod.ts";
import type { Target } from "./harness.ts";

export const rpkiFileTarget: Target = {
  name: "RPKI files",
  run(bytes, start, end) {
    const text = new TextDecoder().decode(bytes.slice(start, end));
    const file = readRpkiFile(text, 1_000_000);
    const slurm = readSlurm(text);
    const exceptions = "error" in slurm ? placeOf(slurm.error, text) : `${slurm.value.vrps.count} assertions`;
    if ("error" in file) return `${placeOf(file.error, text)} ${exceptions}`;
    JSON.parse(text.replace(/^\ufeff/, ""));
    const { vrps, aspas, expiredCount } = file.value;
    let count = 0;
    vrps.forEach(({ prefix, maxLength }) => {
      assert.ok(maxLength >= prefix.length && maxLength <= 8 * prefix.octets.length);
      count++;
    });
    assert.equal(count, vrps.count);
    return `${count} ${aspas.count} ${expiredCount} ${exceptions}`;
  },
};

function placeOf({ line, column, message }: FileError, text: string): string {
  const lines = text.split("\n");
  assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
  assert.ok(column >= 1 && column <= lines[line - 1]!.length + 1, `column ${column} of line ${line}`);
  assert.match(message, /\S/);
  return `${line}:${column} ${message}`;
}

export function rpkiFileSeeds(): Uint8Array[] {
  const texts = [
    `{"metadata":{"generated":1},"roas":[{"asn":"AS64496","prefix":"192.0.2.0/24","maxLength":26,"ta":"ripe"},\n` +
    `{"asn":64497,"prefix":"2001:db8::/32","maxLength":48,"expires":999999}],\n` +
    `"aspas":[{"customer":"AS1","providers":["AS2"]},{"customer_asid":3,"providers":[4,5],"expires":2000000}]}`,
    `{"roas":[],"provider_authorizations":{"ipv4":[{"customer_asid":1,"providers":[2]}],"ipv6":[]}}`,
    `{"slurmVersion":2,"validationOutputFilters":{"prefixFilters":[{"prefix":"192.0.2.0/24","asn":64496},\n` +
    `{"asn":0,"comment":"x"}],"bgpsecFilters":[{"SKI":"eA"}],"aspaFilters":[{"customerAsn":1}]},\n` +
    `"locallyAddedAssertions":{"prefixAssertions":[{"asn":1,"prefix":"::/0","maxPrefixLength":3}],` +
    `"bgpsecAssertions":[],"aspaAssertions":[{"customerAsn":1,"providerAsns":[2]}]}}`,
  ];
  return texts.map((text) => new TextEncoder().encode(text));
}
