import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { parseConfig, parseTomlValue, tomlLines } from "../../../../src/config/mod.ts";

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "binary" }).filter((text) => text.isWellFormed()),
    fc.integer(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"), tie("value"), { maxKeys: 3 }),
  ),
})).value;

Deno.test("a value that is written as TOML is read back as the same value", () => {
  fc.assert(fc.property(plain, (value) => {
    const text = tomlLines({ value });
    // Objects of the parser have no prototype.
    assert.equal(JSON.stringify(parseTomlValue(text.slice("value = ".length))), JSON.stringify(value), text);
  }));
});

Deno.test("a text that is no TOML value has no value", () => {
  for (const text of ["", "null", "customer", "5 # five\nother = 6", "2026-01-01", "[1, null]", "a = 5"]) {
    assert.equal(parseTomlValue(text), undefined, text);
  }
  assert.equal(tomlLines({ hold_timer: null }), "hold_timer = null\n");
});

Deno.test("a peer that is added later is read like the last table of the file, with the same errors", () => {
  const head = 'router_id = "1.1.1.1"\ndefault_as = 65000\n[[groups]]\nname = "lab"\nhold_timer = 30\n';
  const result = parseConfig(head);
  assert.ok(result.kind === "config");
  const right = 'remote_ip = "192.0.2.9"\nremote_as = 65009\ngroup = "lab"\n';
  const later = result.readPeer(right);
  const inFile = parseConfig(`${head}[[peers]]\n${right}`);
  assert.ok(later.kind === "peer" && inFile.kind === "config");
  assert.deepEqual(later.peer, inFile.config.peers[0]);
  const wrongs = [
    'remote_ip = "192.0.2.9"\n',
    'remote_ip = "192.0.2.300"\nremote_as = 5\nhold_time = 9\n',
    'remote_ip = "192.0.2.9"\nremote_as = 5\ngroup = "lba"\n',
    'remote_ip = "192.0.2.9"\nremote_as = 5\nrole = null\n',
    'remote_ip = "192.0.2.9"\nremote_as = 5\nstatic_routes = [{ prefix = "x" }]\n',
    "",
  ];
  for (const text of wrongs) {
    const alone = result.readPeer(text), whole = parseConfig(`${head}[[peers]]\n${text}`);
    assert.ok(alone.kind === "errors" && whole.kind === "errors", text);
    const said = (errors: readonly { message: string }[]) => errors.map(({ message }) => message);
    assert.ok(alone.errors.length > 0, `no error in ${JSON.stringify(text)}`);
    assert.deepEqual(said(alone.errors), said(whole.errors));
  }
});
