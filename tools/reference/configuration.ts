/** The keys of the configuration: one part for each table of the file. */

import { type KeyDoc, keyReference, reloadTexts } from "../../src/config/mod.ts";
import { type Block, type Definition, definitions, paragraph, part } from "./document.ts";

/** What stands above the keys of a table. */
const introductions: Readonly<Record<string, string>> = {
  "top level": "Keys at the beginning of the file, before the first table.",
  "[[peers]]":
    "One table for each peer, or for a network of peers. A key that the peer does not set comes from its groups.",
  "[[groups]]": "Defaults for many peers: every key of `[[peers]]` except `remote_ip` and `interface`, and these:",
  "[[peers.static_routes]]":
    "Routes for the peer above. `[[static_routes]]` at the top level has the same keys; its routes are for all peers.",
  "[[peers.static_flows]]":
    "FlowSpec rules for the peer above. `[[static_flows]]` at the top level has the same keys; its rules are for all" +
    " peers.",
  "[[stations]]": "Receivers of BMP to which bgpd reports its peers and their routes ([BMP](bmp.md)).",
  "[[routers]]":
    "Routers that report their peers and routes to bgpd by BMP ([BMP](bmp.md)). Of several tables, the one of the" +
    " address itself counts, or that of the smallest network.",
  "[[prefix_sets]]": "A list of prefixes with a name, for rules.",
  "[[as_sets]]": "A list of AS numbers with a name, for rules.",
  "[[as_path_sets]]": "A list of AS path patterns with a name, for rules.",
  "[[community_sets]]": "A list of communities with a name, for rules.",
  "[[policies]]": "A list of rules with a name, for `import` and `export` of peers.",
  "[[policies.rules]]": "A rule of the policy above.",
  "match of [[policies.rules]]":
    "A rule matches if all keys of its `match` match. `not_` in front of a key negates it. If a key has a list, one" +
    " item that matches is enough.",
  "set of [[policies.rules]]": "What a rule changes in the routes that match.",
};

export function configurationBlocks(): Block[] {
  const keys = keyReference();
  return [...new Set(keys.map(({ section }) => section))].flatMap((section) => {
    const own = keys.filter((key) => key.section === section);
    // Where every change costs the same, it is said once.
    const [cost, ...others] = new Set(own.map(({ reload }) => reload));
    const common = others.length > 0 || cost === undefined || cost === null ? undefined : cost;
    const sentence = common === undefined ? "" : ` A change of these keys ${reloadTexts[common]}.`;
    return [
      part(section),
      paragraph((introductions[section] ?? "") + sentence),
      ...definitions(["key", "meaning"], own.map((key) => definition(key, common === undefined))),
    ];
  });
}

function definition(row: KeyDoc, withCost: boolean): Definition {
  const { key, aliases, type, default: value, doc, example, reload } = row;
  const facts = [
    `Type: ${type}`,
    value === "required"
      ? "required"
      : `default: ${/^(?:"[^"]*"|\[.*\]|-?\d+|true|false)$/.test(value) ? `\`${value}\`` : value}`,
    ...reload === null || !withCost ? [] : [`a change ${reloadTexts[reload]}`],
  ];
  return {
    term: key,
    texts: [
      doc,
      `${facts.join("; ")}.`,
      ...aliases.length === 0 ? [] : [`Other spelling: ${aliases.map((name) => `\`${name}\``).join(", ")}.`],
      ...example === null ? [] : [`Example: \`${key} = ${example}\``],
    ],
  };
}
