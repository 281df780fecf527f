/**
 * `deno task rfc-table`: writes the table of RFCs into docs/standards.md. The titles of the tests name RFCs and clauses
 * (`rfc7606#3c …`, `RFC 4271 §6.2: …`): the table counts the tests of each RFC. What an RFC is about
 * and how much of it is done stands below in this file.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { withSection } from "./sections.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

interface Standard {
  readonly title: string;
  readonly status: string;
}

const complete = "complete";
const carried = "form checked, passed on; not interpreted";

const standards: Readonly<Record<number, Standard>> = {
  1997: { title: "Communities", status: complete },
  2385: { title: "TCP MD5 signatures", status: complete },
  2545: { title: "BGP for IPv6: next hops", status: complete },
  2918: { title: "Route refresh", status: complete },
  3032: { title: "MPLS label stacks", status: "labels are read and written; none is switched" },
  3765: { title: "NOPEER", status: "applied to peers with the role `peer`" },
  4007: { title: "IPv6 scoped addresses", status: "zones of link-local addresses" },
  4271: {
    title: "BGP-4",
    status: "complete, without next-hop resolution and IGP metric: bgpd uses no kernel routing table",
  },
  4360: { title: "Extended communities", status: complete },
  4364: { title: "L3VPN", status: "received, stored, advertised; labels are not switched" },
  4456: { title: "Route reflection", status: complete },
  4486: { title: "Subcodes of Cease", status: complete },
  4659: { title: "L3VPN for IPv6", status: "received, stored, advertised; labels are not switched" },
  4684: {
    title: "Route target constraint",
    status: "applied on export; bgpd asks for every route, and passes no memberships on",
  },
  4724: { title: "Graceful restart", status: "complete, both roles; bgpd forwards no packets" },
  4760: { title: "Multiprotocol extensions", status: "complete" },
  4761: { title: "VPLS", status: "NLRI split, kept as octets, passed on" },
  5004: { title: "Stable best path", status: complete },
  5065: { title: "Confederations", status: complete },
  5082: { title: "TTL security (GTSM)", status: complete },
  5291: { title: "Outbound route filtering", status: "ignored" },
  5396: { title: "Text of AS numbers", status: "asplain; asdot is read" },
  5492: { title: "Capabilities", status: complete },
  5668: { title: "4-octet AS extended communities", status: complete },
  5701: { title: "IPv6 extended communities", status: "carried" },
  5952: { title: "Text of IPv6 addresses", status: complete },
  6074: { title: "Auto-discovery of L2VPN", status: "NLRI split, kept as octets, passed on" },
  6286: { title: "BGP Identifier", status: complete },
  6368: { title: "ATTR_SET", status: carried },
  6396: { title: "MRT", status: complete },
  6514: { title: "PMSI_TUNNEL", status: carried },
  6608: { title: "Subcodes of FSM errors", status: complete },
  6625: { title: "Wildcards in multicast VPN", status: "shown" },
  6793: { title: "4-octet AS numbers", status: complete },
  6810: { title: "RPKI to router, version 0", status: "complete, as the side of the router" },
  6811: { title: "Origin validation", status: "complete, for unicast routes" },
  7153: { title: "Registries of extended communities", status: complete },
  7311: { title: "AIGP", status: "compared and passed on; without an IGP nothing is added to it" },
  7313: { title: "Enhanced route refresh", status: complete },
  7432: { title: "EVPN", status: "types 1 to 4 decoded and encoded; later types passed on as octets" },
  7606: { title: "Revised error handling for UPDATE", status: complete },
  7607: { title: "AS 0", status: complete },
  7854: { title: "BMP", status: "bgpd reports to stations (`stations`), and routers report to it (`routers`)" },
  7911: { title: "ADD-PATH", status: complete },
  7947: { title: "Route server", status: "transparent to its clients; a selection of routes for each (§2.3.2)" },
  7999: { title: "BLACKHOLE", status: "kept within the AS; there is no forwarding to discard from" },
  8050: { title: "MRT with ADD-PATH", status: complete },
  8092: { title: "Large communities", status: complete },
  8097: { title: "Origin validation state", status: complete },
  8210: { title: "RPKI to router, version 1", status: "complete, as the side of the router; router keys are not used" },
  8212: {
    title: "Default of eBGP policies",
    status: 'exports are denied by default; imports with `rfc8212 = "strict"`',
  },
  8277: { title: "Labelled unicast", status: "received, stored, advertised, without the Multiple Labels Capability" },
  8326: { title: "Graceful shutdown", status: complete },
  8365: { title: "EVPN over VXLAN", status: "labels are shown as network numbers" },
  8416: {
    title: "Local exceptions to the RPKI",
    status: "applied to caches and files, without BGPsec keys",
  },
  8481: {
    title: "Origin validation: clarifications",
    status: "complete: every route has a state, nothing is rejected by default",
  },
  8538: { title: "Notification with graceful restart", status: complete },
  8654: { title: "Extended messages", status: complete },
  8669: { title: "Prefix-SID", status: carried },
  8893: { title: "Origin validation for export", status: complete },
  8950: { title: "IPv6 next hops for IPv4", status: complete },
  8955: { title: "FlowSpec", status: "complete; bgpd filters no packets itself" },
  8956: { title: "FlowSpec for IPv6", status: "complete; bgpd filters no packets itself" },
  9003: { title: "Shutdown communication", status: complete },
  9012: { title: "Tunnel encapsulation", status: carried },
  9069: { title: "BMP: Loc-RIB", status: complete },
  9072: { title: "Extended optional parameters of OPEN", status: complete },
  9110: { title: "HTTP: semantics", status: "what the API needs" },
  9112: { title: "HTTP/1.1", status: "what the API needs; a body has a Content-Length" },
  9117: { title: "FlowSpec validation", status: "complete" },
  9135: { title: "EVPN: routing between subnets", status: "decoded and encoded" },
  9136: { title: "EVPN: IP prefixes", status: "decoded and encoded; prefixes with ESI and gateway are ineligible" },
  9234: { title: "Roles, ONLY_TO_CUSTOMER", status: complete },
  9251: { title: "EVPN: IGMP and MLD", status: "passed on as octets" },
  9252: { title: "SRv6 services", status: "shown, carried" },
  9384: { title: "Cease for BFD", status: "the subcode has its name" },
  9494: { title: "Long-lived graceful restart", status: "complete; off by default" },
  9552: { title: "BGP-LS", status: "NLRI split and passed on, with the attribute where the session has the family" },
  9687: { title: "SendHoldTimer", status: complete },
  9774: {
    title: "AS_SET and AS_CONFED_SET deprecated",
    status: "such routes of eBGP peers are ineligible, where the RFC asks for treat-as-withdraw; not advertised",
  },
  9830: { title: "SR Policy", status: "NLRI decoded; the policy is shown and passed on" },
};

/** What a test is called, in the three places that name tests. */
const titles: readonly { readonly file: RegExp; readonly title: RegExp }[] = [
  { file: /_test\.ts$/, title: /(?:Deno\.test\(|\bname:)\s*(["`])(?<title>(?:(?!\1).)*)\1/g },
  { file: /\.scenario$/, title: /^scenario (?<title>.*)$/gm },
  { file: /golden\/\w+\.json$/, title: /"description": ?"(?<title>(?:[^"\\]|\\.)*)"/g },
];

/** The RFCs a title names, each once. */
export function rfcsOf(title: string): number[] {
  const found = [...title.matchAll(/\brfc(\d{4})(?=[#:])|\bRFC (\d{4})\b/g)].map(([, tag, text]) =>
    Number(tag ?? text)
  );
  return [...new Set(found)];
}

/** Tests by RFC number. */
export async function countTests(folder: string): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = `${entry.parentPath}/${entry.name}`;
    const kind = titles.find(({ file }) => file.test(path));
    if (!entry.isFile() || kind === undefined) continue;
    for (const { groups } of (await readFile(path, "utf8")).matchAll(kind.title)) {
      for (const rfc of rfcsOf(groups!["title"]!)) counts.set(rfc, (counts.get(rfc) ?? 0) + 1);
    }
  }
  return counts;
}

/** The table; throws where a test names an RFC that nothing is known of. */
export function formatTable(counts: ReadonlyMap<number, number>): string {
  const rows = [...counts].sort(([a], [b]) => a - b).map(([rfc, count]) => {
    const standard = standards[rfc];
    if (standard === undefined) throw new Error(`tests name RFC ${rfc}, tools/rfc_table.ts does not`);
    return `| [${rfc}](https://www.rfc-editor.org/rfc/rfc${rfc}) | ${standard.title} | ${standard.status} | ${count} |`;
  });
  return ["| RFC | about | what of it | tests |", "|---|---|---|---|", ...rows].join("\n");
}

/** The page with the table of these counts. */
export function withTable(page: string, counts: ReadonlyMap<number, number>): string {
  return withSection(
    page,
    "rfc-table",
    `${formatTable(counts)}
`,
  );
}

if (import.meta.main) {
  const path = `${root}/docs/standards.md`;
  await writeFile(path, withTable(await readFile(path, "utf8"), await countTests(`${root}/tests`)));
}
