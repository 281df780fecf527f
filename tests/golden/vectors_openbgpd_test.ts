/**
 * OpenBGPD's regression tests, played through our RIB: the best route, errors, advertised routes. Where our result
 * differs, a table names the route and the reason. The inputs that are not played stand at the end, each with its
 * reason.
 */
import assert from "node:assert/strict";
import { decodeAttributeSet, formatAsPath, formatNextHop } from "../../src/message/mod.ts";
import { parsePrefixRange, PrefixClasses } from "../../src/policy/mod.ts";
import { DecisionStep, type RibRow } from "../../src/rib/mod.ts";
import {
  familyMask,
  formatIpv4Number,
  formatPrefix,
  maskPrefix,
  parseAddress,
  parseIpv4Number,
} from "../../src/types/mod.ts";
import { hasShared, sharedPath } from "../support/shared_data.ts";
import { policyTable } from "../unit/rib/import_support.ts";
import { Exchange } from "../unit/rib/out_support.ts";
import { announce, familyOf, v4, wire, wordsOf } from "../unit/rib/support.ts";
import {
  type ExaSpeaker,
  readHeard,
  readOrigin,
  readShown,
  readShownOut,
  readSpeakers,
  type ShownRoute,
  updateFor,
} from "./openbgpd_inputs.ts";

const ignore = !hasShared("OpenBGPD's regression inputs are not driven", "policy/integrationtests", "policy/unittests");
const ourAsn = 64500;

/** Ids of peers are the last octet of their address. */
function idOf(address: string): number {
  return parseAddress(address)![3]!;
}

function join(
  exchange: Exchange,
  speaker: Pick<ExaSpeaker, "address" | "asn" | "fourOctetAs">,
  policy: "all" | readonly string[] = "all",
) {
  const address = parseAddress(speaker.address)!;
  return exchange.up(
    idOf(speaker.address),
    { address, export: policy, nextHop: "unchanged" },
    {
      internal: speaker.asn === ourAsn,
      localAsn: ourAsn,
      remoteAsn: speaker.asn,
      remoteRouterId: parseIpv4Number(speaker.address)!,
      fourOctetAs: speaker.fourOctetAs,
    },
    { localAddress: parseAddress("10.12.57.1")!, remoteAddress: address },
  );
}

/** Announces what each speaker announces, and gives the rows that stay. */
function play(exchange: Exchange, speakers: readonly ExaSpeaker[]): RibRow[] {
  for (const speaker of speakers) join(exchange, speaker);
  for (const speaker of speakers) {
    for (const route of speaker.routes) {
      const facts = exchange.rib.ingest(idOf(speaker.address), 1, updateFor(speaker, route));
      assert.ok(facts.every(({ kind }) => kind !== "sessionReset"), `${route.prefix}: no error costs the session`);
    }
  }
  exchange.rib.decide();
  return [...exchange.rib.dump()];
}

Deno.test({
  name: "RFC 7606 §7: of OpenBGPD's malformed attributes the same ones cost the route, on eBGP and iBGP (exabgp.attr)",
  ignore,
  fn: () => {
    const rows = play(new Exchange({ routerId: parseIpv4Number("10.12.57.1")! }), readSpeakers("exabgp.attr.in"));
    const kept = new Set(rows.map(({ prefix }) => formatPrefix(prefix!)));
    const shown = readShown("exabgp.attr.ok");
    assert.equal(shown.length, 18);
    for (const { prefix, flags } of shown) {
      assert.equal(kept.has(prefix), !flags.includes("E"), prefix);
    }
    for (const { prefix, wire, peerId } of rows) {
      const { path, gateway } = shown.find((each) => each.prefix === formatPrefix(prefix!))!;
      const set = decodeAttributeSet(wire);
      assert.deepEqual([formatAsPath(set.asPath), formatNextHop(set.nextHop!)], [path.join(" "), gateway]);
      assert.equal(peerId, idOf(gateway));
    }
  },
});

Deno.test({
  name: "RFC 7607 §2: AS 0 in AS_PATH, AGGREGATOR and the AS4 attributes (exabgp.as0, test 2)",
  ignore,
  fn: () => {
    const exchange = new Exchange({ routerId: parseIpv4Number("10.12.57.1")! });
    play(exchange, readSpeakers("exabgp.as0.test2.in"));
    exchange.settle();
    const listener = exchange.receivers.get(idOf("10.12.57.5"))!;
    const heard = readHeard("exabgp.as0.test2.ok");
    assert.deepEqual(listener.keys, heard.map(({ prefix }) => prefix).sort());
    for (const { prefix, nextHop, path, aggregator } of heard) {
      const set = listener.attributes(prefix)!;
      assert.equal(formatAsPath(set.asPath), path.join(" "), prefix);
      assert.equal(formatNextHop(set.nextHop!), nextHop, prefix);
      const ours = set.aggregator === undefined
        ? undefined
        : `${set.aggregator.asn}:${formatIpv4Number(set.aggregator.address)}`;
      assert.equal(ours, aggregator, prefix);
    }
  },
});

/** The peers of a table of MEDs, announcing one after the other; a decision after each, or one at the end. */
function winnerOf(routes: readonly ShownRoute[], atOnce: boolean): { gateway: string; step: number } {
  const exchange = new Exchange({ routerId: parseIpv4Number("10.12.57.1")! });
  for (const { gateway, path } of routes) join(exchange, { address: gateway, asn: path[0]!, fourOctetAs: true });
  for (const { gateway, path, med, prefix } of routes) {
    const set = wire({ med, nextHop: parseAddress(gateway)! }, [...path]);
    exchange.rib.ingest(idOf(gateway), 1, announce(exchange.contexts.get(idOf(gateway))!, set, prefix));
    if (!atOnce) exchange.rib.decide();
  }
  exchange.rib.decide();
  const best = [...exchange.rib.dump()].find((row) => row.best)!;
  return { gateway: routes.find(({ gateway }) => idOf(gateway) === best.peerId)!.gateway, step: best.step };
}

function permutations<T>(list: readonly T[]): T[][] {
  if (list.length <= 1) return [[...list]];
  return list.flatMap((first, i) => permutations(list.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}

/**
 * Orders of arrival in which another route than OpenBGPD's is best when each is decided as it comes, and why: theirs
 * has `rde route-age ignore` for a default, ours follows RFC 5004 §3, where the route that is best already stays before
 * those that differ by router id only.
 */
const stays: Readonly<Record<string, readonly string[]>> = {
  // .4 has the lowest MED of its AS and comes before .3, which ties with it but for the router id.
  "exabgp.med.ok": ["2 4 3", "4 2 3", "4 3 2"],
  // .3 comes first.
  "exabgp.med_2.ok": ["3 2"],
};
for (const [name, different] of Object.entries(stays)) {
  Deno.test({
    name: `RFC 4271 §9.1.2.2 c: OpenBGPD's winner by MED, in every order of arrival (${name})`,
    ignore,
    fn: () => {
      const routes = readShown(name);
      const theirs = routes.find(({ flags }) => flags.includes(">"))!.gateway;
      for (const order of permutations(routes)) {
        const label = order.map(({ gateway }) => idOf(gateway)).join(" ");
        assert.equal(winnerOf(order, true).gateway, theirs, `${label}, decided at once`);
        const { gateway, step } = winnerOf(order, false);
        assert.equal(gateway === theirs, !different.includes(label), `${label}, decided one by one: ${gateway}`);
        if (gateway !== theirs) assert.equal(step, DecisionStep.oldest);
      }
    },
  });
}

/**
 * What the script beside exabgp.eval_all announces: by whom, with which path, and whether it may not go to .4 and .5.
 */
const evalAll: readonly [from: string, prefix: string, path: number[], kept: boolean][] = [
  ["10.12.57.2", "10.12.1.0/24", [64501], false],
  ["10.12.57.3", "10.12.1.0/24", [64502], false],
  ["10.12.57.2", "10.12.2.0/24", [64501], true],
  ["10.12.57.3", "10.12.2.0/24", [64502], false],
  ["10.12.57.2", "10.12.3.0/24", [64501], true],
  ["10.12.57.3", "10.12.3.0/24", [64502], true],
  ["10.12.57.2", "10.0.1.0/24", [64501, 101], true],
  ["10.12.57.3", "10.0.1.0/24", [64502, 101, 101, 101], false],
];
/**
 * Routes that OpenBGPD tells .4 and we do not: its `rde evaluate all` goes on to the next best route where policy keeps
 * the best from a peer. RFC 4271 §9.1.3 puts routes of the Loc-RIB into an Adj-RIB-Out, and there the best stands
 * alone; so does OpenBGPD by default, as towards .5.
 */
const nextBest: Readonly<Record<string, readonly string[]>> = {
  "eval_all.test1.ok": ["10.12.57.4 10.0.1.0/24", "10.12.57.4 10.12.2.0/24"],
  "eval_all.test2.ok": [],
};

Deno.test({
  name: "RFC 4271 §9.1.3: OpenBGPD's peers get the same best routes behind a policy (eval_all)",
  ignore,
  fn: () => {
    const exchange = new Exchange({ routerId: parseIpv4Number("10.12.57.1")! });
    // deny to any community local-as:neighbor-as
    const policies = [64503, 64504].map((asn) =>
      `[[policies]]\nname = "to-${asn}"\ndefault = "accept"\n[[policies.rules]]\n` +
      `match = { community = "${ourAsn}:${asn}" }\naction = "reject"\n`
    );
    exchange.rib.setPolicies(policyTable(policies.join("")));
    for (const { address, asn } of readSpeakers("exabgp.eval_all.in")) {
      join(exchange, { address, asn, fourOctetAs: true }, asn >= 64503 ? [`to-${asn}`] : "all");
    }
    for (const [from, prefix, path, kept] of evalAll) {
      const communities = kept ? [64503, 64504].map((asn) => ourAsn * 65536 + asn) : [];
      exchange.announce(idOf(from), wire({ communities, nextHop: parseAddress(from)! }, path), prefix);
    }
    const compare = (name: string) => {
      exchange.settle();
      const all = readShownOut(name);
      const expected = all.filter(({ listener, prefix }) => !nextBest[name]!.includes(`${listener} ${prefix}`));
      assert.ok(expected.length >= 2 && all.length === expected.length + nextBest[name]!.length);
      for (const listener of ["10.12.57.4", "10.12.57.5"]) {
        const receiver = exchange.receivers.get(idOf(listener))!;
        const advertised = receiver.keys.map((prefix) => ({
          listener,
          prefix,
          path: receiver.path(prefix),
          nextHop: formatNextHop(receiver.attributes(prefix)!.nextHop!),
        }));
        assert.deepEqual(advertised, expected.filter((each) => each.listener === listener), `${name}, ${listener}`);
      }
    };
    compare("eval_all.test1.ok");
    exchange.withdraw(idOf("10.12.57.3"), "10.12.2.0/24", "10.0.1.0/24");
    compare("eval_all.test2.ok");
  },
});

/** The route server of the ADD-PATH test, its members, and its one client that takes several paths. */
const members = [2, 3, 4, 5].map((n) => `bgpd.addpath.rdomain2_${n}.conf`);

Deno.test({
  name: "RFC 7911: a client of OpenBGPD's route server gets the same paths, best plus two (addpath)",
  ignore,
  fn: () => {
    const exchange = new Exchange({ routerId: parseIpv4Number("192.0.2.2")! });
    const localAsn = 999;
    const localAddress = parseAddress("192.0.2.2")!;
    const client = exchange.up(
      11,
      { address: Uint8Array.of(192, 0, 2, 11), export: "all", routeServerClient: true, addPathSendMax: 3 },
      { localAsn, remoteAsn: 1, addPathSend: familyMask([v4]) },
      { localAddress },
    );
    for (const { asn, address, networks } of members.map(readOrigin)) {
      const id = idOf(address);
      const remote = { localAsn, remoteAsn: asn, remoteRouterId: parseIpv4Number(address)! };
      exchange.up(id, { address: parseAddress(address)!, routeServerClient: true }, remote, { localAddress });
      for (const { prefix, prepend } of networks) {
        // "set med +N" of the server's configuration, N the member's AS; these routes come without a MED.
        const path = new Array<number>(prepend + 1).fill(asn);
        exchange.announce(id, wire({ med: asn, nextHop: parseAddress(address)! }, path), prefix);
      }
    }
    exchange.settle();
    const advertised = client.keys.map((key) => {
      const set = client.attributes(key)!;
      return [key.split("#")[0], formatNextHop(set.nextHop!), set.med, formatAsPath(set.asPath)].join(" ");
    });
    const shown = readShown("addpath.rdomain2.ok");
    assert.equal(shown.length, 24);
    const lines = shown.map(({ prefix, gateway, med, path }) => [prefix, gateway, med, path.join(" ")].join(" "));
    assert.deepEqual(advertised.sort(), lines.sort());
    // The best of the server is the first of its paths, which its client there prefers by its MED as well.
    for (const row of exchange.rib.dump()) {
      if (!row.best) continue;
      const selected = shown.find(({ flags, prefix }) => flags.includes(">") && prefix === formatPrefix(row.prefix!))!;
      assert.equal(row.peerId, idOf(selected.gateway), selected.prefix);
    }
  },
});

for (const n of [1, 2, 3, 4]) {
  Deno.test({
    name: `prefix sets hold what OpenBGPD's tries hold (rde_trie_test.${n})`,
    ignore,
    fn: () => {
      const lines = (end: string) => {
        const text = Deno.readTextFileSync(sharedPath(`policy/unittests/rde_trie_test.${n}.${end}`));
        return text.split("\n").filter((line) => line !== "").map((line) => line.split(/\s+/));
      };
      const ranges = lines("in").map(([prefix = "", min, max]) => {
        // The fourth asks for more specific prefixes too, whatever the lengths say (its option -o).
        const result = parsePrefixRange(
          n === 4 ? `${prefix} ge ${prefix.split("/")[1]}` : `${prefix} ge ${min} le ${max}`,
        )!;
        assert.ok(result.kind === "range");
        return result.range;
      });
      const classes = new PrefixClasses([ranges]);
      const answers = lines("out");
      assert.ok(answers.some(([, answer]) => answer === "MATCH"));
      for (const [prefix = "", answer] of answers) {
        const [address = "", bits] = prefix.split("/");
        // One of them has host bits set.
        const [w0, w1, w2, w3, length] = wordsOf(formatPrefix(maskPrefix(parseAddress(address)!, Number(bits))));
        const held = classes.has(classes.classOf(familyOf(prefix), w0, w1, w2, w3, length), 0);
        assert.equal(held, answer === "MATCH", prefix);
      }
    },
  });
}

/** Inputs that are there and not driven, and why. A new file in the folder fails the test until it stands somewhere. */
const notDriven: Readonly<Record<string, string>> = {
  "eval_all.test4": "as test 1 with `rde evaluate all` for .5 too, which is not here",
  "ixp": "a filter of 2,500 lines in OpenBGPD's language, each prefix with one route: no decision in it",
  "maxattr": "the routes to announce stand in a script that is not here",
  "maxcomm": "policies here have no match by number of communities",
  "maxprefix|maxprefixout": "no .ok; max prefixes have tests of their own with real peers",
  "mrt": "the .ok are what bgpctl prints of files that are not here",
  "as0.test1": "no .ok: an OPEN of AS 0, refused (RFC 7607 §2: tests of the OPEN message)",
  "capa|op|md5|extnh|lladdr|network_statement":
    "sessions, addresses of interfaces and kernel routes: no decision in it",
  "l3vpn|ovs|pftable": "families and features that are not here",
  "rde_trie_test.[56]": "origin validation, which is not here",
};
const drivenNames = [
  /(exabgp\.|bgpd\.)?(attr|as0|as0\.test2|med|med_2|eval_all|eval_all\.test[12])/,
  /(bgpd\.)?addpath\.\w+/,
  /rde_trie_test\.[1-4]/,
];
const driven = new RegExp(`^(${drivenNames.map(({ source }) => source).join("|")})\\.(in|ok|conf|check|out)$`);

Deno.test({
  name: "every file of OpenBGPD's regression inputs is driven, or it is said why not",
  ignore,
  fn: () => {
    const names = ["integrationtests", "unittests"]
      .flatMap((part) => [...Deno.readDirSync(sharedPath(`policy/${part}`))].map(({ name }) => name));
    assert.ok(names.length > 80);
    const excused = Object.keys(notDriven).map((each) => new RegExp(`^(exabgp\\.|bgpd\\.)?(${each})[.-]`));
    for (const name of names) {
      assert.ok(driven.test(name) || excused.some((each) => each.test(name)), `${name} is neither driven nor excused`);
    }
    for (const each of excused) assert.ok(names.some((name) => each.test(name)), `${each} excuses nothing`);
  },
});
