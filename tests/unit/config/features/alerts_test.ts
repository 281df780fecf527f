/** Alerts of the configuration: what each kind needs, and that a key without an effect is refused. */
import assert from "node:assert/strict";
import { alertKinds, type AlertSettings, parseConfig } from "../../../../src/config/mod.ts";

const head = 'router_id = "192.0.2.1"\ndefault_as = 65000\nrpki_files = "vrps.json"\n[[peers]]\n' +
  'remote_ip = "192.0.2.9"\nremote_as = 65001\nname = "upstream"\n';

const needed: Readonly<Record<string, string>> = {
  prefixes: 'prefixes = "192.0.2.0/24"',
  origins: "origins = 64500",
  upstreams: "upstreams = [64496, 64497]",
  peers: 'peers = "upstream"',
  percent: "percent = 10",
  window: "window = 60",
};

/** Which keys each kind needs, and which it may have; from docs/alerts.md. */
const kinds: Readonly<Record<string, readonly [needs: readonly string[], takes: readonly string[]]>> = {
  "origin-change": [["prefixes", "origins"], ["peers"]],
  "more-specific": [["prefixes"], ["origins", "peers"]],
  "withdrawn": [["prefixes"], ["peers"]],
  "invalid": [[], ["prefixes", "peers"]],
  "leak": [[], ["prefixes", "peers"]],
  "peer-down": [[], ["peers"]],
  "route-count": [[], ["peers", "percent", "window"]],
  "new-upstream": [["prefixes", "upstreams"], ["origins", "peers"]],
};

const alert = (...lines: string[]) => `[[alerts]]\nname = "a"\n${lines.join("\n")}\n`;

function alertsOf(text: string): readonly AlertSettings[] {
  const result = parseConfig(head + text);
  assert.deepEqual(result.kind === "errors" ? result.errors : [], []);
  assert.ok(result.kind === "config");
  return result.config.alerts;
}

/** Lines count from the header of the first alert. */
function errors(text: string): string[] {
  const result = parseConfig(head + text);
  assert.ok(result.kind === "errors", "the text has no errors");
  return result.errors.map(({ line, message }) => `${line - 7}: ${message}`);
}

Deno.test("a kind with what it needs is complete: everything else has a default", () => {
  assert.deepEqual(alertsOf(alert('kind = "origin-change"', needed.prefixes!, needed.origins!)), [{
    name: "a",
    kind: "origin-change",
    sql: undefined,
    prefixes: ["192.0.2.0/24"],
    origins: [64500],
    upstreams: undefined,
    peers: undefined,
    percent: 20,
    windowSeconds: 3600,
    intervalSeconds: 1,
    holdDownSeconds: 0,
    recoverySeconds: 60,
    webhooks: [],
    webhookFiles: [],
    format: "json",
    file: undefined,
    severity: "warning",
  }]);
});

Deno.test("every kind of the schema is in the table of this test", () => {
  assert.deepEqual(Object.keys(kinds).toSorted(), [...alertKinds].toSorted());
});

for (const [kind, [needs, takes]] of Object.entries(kinds)) {
  Deno.test(`${kind} refuses to be without what it needs, and refuses what it does not use`, () => {
    const whole = needs.map((name) => needed[name]!);
    assert.equal(alertsOf(alert(`kind = "${kind}"`, ...whole))[0]?.kind, kind);
    for (const name of needs) {
      const rest = whole.filter((line) => line !== needed[name]);
      assert.deepEqual(errors(alert(`kind = "${kind}"`, ...rest)), [`1: kind = "${kind}" needs ${name}`]);
    }
    for (const name of Object.keys(needed).filter((each) => !needs.includes(each))) {
      const text = alert(`kind = "${kind}"`, ...whole, needed[name]!);
      if (takes.includes(name)) alertsOf(text);
      else {
        const line = 4 + whole.length;
        assert.deepEqual(errors(text), [`${line}: ${name} has no effect with kind = "${kind}"; remove it`]);
      }
    }
  });
}

Deno.test("interval, hold_down and recovery depend on the kind", () => {
  const times = (...lines: string[]) => {
    const { intervalSeconds, holdDownSeconds, recoverySeconds } = alertsOf(alert(...lines))[0]!;
    return [intervalSeconds, holdDownSeconds, recoverySeconds];
  };
  assert.deepEqual(times('kind = "peer-down"'), [1, 30, 60]);
  assert.deepEqual(times('kind = "leak"'), [10, 0, 60]);
  assert.deepEqual(times('kind = "leak"', needed.prefixes!), [1, 0, 60]);
  assert.deepEqual(times('sql = "SELECT 1"'), [60, 0, 60]);
  assert.deepEqual(times('sql = "SELECT 1"', "interval = 5", "hold_down = 7", "recovery = 0"), [5, 7, 0]);
});

Deno.test("sql stands in place of a kind, and is a query", () => {
  const [found] = alertsOf(alert('sql = "WITH x AS (SELECT 1) SELECT * FROM x"'));
  assert.deepEqual([found?.kind, found?.sql], ["sql", "WITH x AS (SELECT 1) SELECT * FROM x"]);
  assert.deepEqual(errors(alert('sql = "SELECT 1"', 'kind = "leak"')), [
    "4: kind: an alert with sql has no kind; remove one of them",
  ]);
  assert.deepEqual(errors(alert('sql = "DELETE FROM peers"')), [
    "3: sql: it must be a query, which begins with SELECT or WITH",
  ]);
  assert.deepEqual(errors(alert('sql = "SELECT 1"', needed.peers!)), [
    "4: peers has no effect with an alert with sql; remove it",
  ]);
});

Deno.test("an alert needs a name of its own and a kind", () => {
  assert.deepEqual(errors('[[alerts]]\nkind = "leak"\n'), ['1: name is missing, such as "our prefixes"']);
  assert.deepEqual(errors(alert()), [
    `1: kind is missing: one of ${alertKinds.join(", ")}; or write sql = "SELECT …"`,
  ]);
  assert.deepEqual(errors(alert('kind = "leak"') + alert('kind = "peer-down"')), [
    '5: another alert has the name "a": give one of them another name',
  ]);
  const long = "x".repeat(65);
  assert.deepEqual(errors(`[[alerts]]\nname = "${long}"\nkind = "leak"\n`), [
    "2: name: a name has at most 64 characters, all of them printable",
  ]);
  assert.equal(alertsOf(`[[alerts]]\nname = "${long.slice(1)}"\nkind = "leak"\n`).length, 1, "negative");
});

Deno.test("a word that is nearly right has what was probably meant", () => {
  const result = parseConfig(head + alert('kind = "more_specific"', needed.prefixes!));
  assert.ok(result.kind === "errors");
  assert.equal(result.errors[0]?.suggestion, '"more-specific"');
  const other = parseConfig(head + alert('kind = "peer-down"', 'peers = "upstraem"'));
  assert.ok(other.kind === "errors");
  assert.deepEqual([other.errors[0]?.line, other.errors[0]?.suggestion], [11, '"upstream"']);
});

Deno.test("more-specific refuses prefixes that hold a good part of the table", () => {
  const text = (prefix: string) => alert('kind = "more-specific"', `prefixes = "${prefix}"`);
  assert.deepEqual(errors(text("10.0.0.0/7")), [
    "4: prefixes: 10.0.0.0/7 holds too much of the table for more-specific: /8 or longer",
  ]);
  assert.deepEqual(errors(text("2000::/3")), [
    "4: prefixes: 2000::/3 holds too much of the table for more-specific: /16 or longer",
  ]);
  assert.equal(alertsOf(text("10.0.0.0/8")).length, 1, "negative");
  assert.equal(alertsOf(text("2001::/16")).length, 1, "negative");
});

Deno.test("lists that watch nothing are refused", () => {
  assert.deepEqual(errors(alert('kind = "withdrawn"', "prefixes = []")), [
    "4: prefixes: the list is empty, so nothing would be watched",
  ]);
  assert.deepEqual(errors(alert('kind = "leak"', "prefixes = []")), [
    "4: prefixes: the list is empty; without the key, all prefixes are watched",
  ]);
});

Deno.test("webhooks are http or https, without a password in them; format needs one", () => {
  const text = (...lines: string[]) => alert('kind = "leak"', ...lines);
  const [found] = alertsOf(text('webhooks = ["https://noc.example.net", "http://[::1]:9/x"]', 'format = "slack"'));
  assert.deepEqual(found?.webhooks, ["https://noc.example.net/", "http://[::1]:9/x"]);
  assert.deepEqual(alertsOf(text('webhook_files = "/etc/hook"', 'format = "slack"'))[0]?.webhookFiles, ["/etc/hook"]);
  assert.deepEqual(errors(text('webhooks = "ftp://noc.example.net"')), [
    '4: webhooks must be a URL such as "https://noc.example.net/hook", not "ftp://noc.example.net"',
  ]);
  assert.deepEqual(errors(text('webhooks = "https://me:secret@noc.example.net"')), [
    "4: webhooks: a URL with a user and a password is not supported; use a token in its path",
  ]);
  assert.deepEqual(errors(text('format = "json"')), [
    "4: format has no effect without webhooks or webhook_files; remove it",
  ]);
});

Deno.test("invalid has a warning where there are no RPKI data", () => {
  const warnings = (text: string) => {
    const result = parseConfig(text);
    return result.kind === "config" ? result.warnings.map(({ message }) => message) : ["errors"];
  };
  const text = alert('kind = "invalid"');
  assert.deepEqual(warnings(head + text), [], "negative");
  assert.deepEqual(warnings(head.replace(/rpki_files.*\n/, "") + text), [
    'kind = "invalid": there are neither rpki_caches nor rpki_files',
  ]);
});
