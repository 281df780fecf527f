/** A message as facts, read by Wireshark's decoder (`tshark -T pdml`). */
import { run } from "../../support/process.ts";
import { formatAsPath, SegmentType } from "../../../src/message/mod.ts";
import { familyByCode } from "../../../src/types/mod.ts";
import type { MessageFacts, OpenFacts, UpdateFacts } from "./facts.ts";
import { all, type Field, first, leaves, parsePdml } from "./pdml.ts";
import { announcedOf, withdrawnOf } from "./tshark_nlri.ts";

export interface TsharkMessage {
  readonly frame: number;
  readonly facts: MessageFacts;
  /** ASNs of AS_PATH are four octets wide, as far as tshark can tell. */
  readonly fourOctetAs: boolean;
  /** NLRI carry path identifiers. */
  readonly addPath: boolean;
  /** AS4_PATH, which tshark leaves beside AS_PATH. */
  readonly as4Path: string | undefined;
  /** What tshark itself finds malformed. */
  readonly complaints: readonly string[];
}

export async function readWithTshark(tshark: string, file: string): Promise<TsharkMessage[]> {
  const { code, stdout, stderr } = await run(tshark, [
    "-r",
    file,
    "-d",
    "tcp.port==1179,bgp",
    "-Y",
    "bgp",
    "-T",
    "pdml",
  ]);
  if (code !== 0) throw new Error(`tshark ${file}: ${stderr}`);
  const messages: TsharkMessage[] = [];
  for (const packet of parsePdml(stdout)) {
    const number = packet.children.find(({ name }) => name === "geninfo")?.children[0]?.show;
    for (const bgp of packet.children.filter(({ name }) => name === "bgp")) {
      messages.push(messageOf(Number(number), bgp));
    }
  }
  return messages;
}

function messageOf(frame: number, bgp: Field): TsharkMessage {
  const type = Number(first(bgp, "bgp.type"));
  const complaints = all(bgp, "_ws.expert.message").map(({ show }) => show);
  const as4 = all(bgp, "bgp.update.path_attribute").find((attribute) => codeOf(attribute) === 17);
  return {
    frame,
    fourOctetAs: all(bgp, "bgp.update.path_attribute.as_path_segment.as2").length === 0,
    addPath: all(bgp, "bgp.nlri_path_id").length > 0,
    as4Path: as4 === undefined ? undefined : asPathOf(as4),
    complaints,
    facts: {
      type,
      length: Number(first(bgp, "bgp.length")),
      ...type === 1 ? { open: openOf(bgp) } : {},
      ...type === 2 ? { update: updateOf(bgp) } : {},
      ...type === 3 ? { notification: notificationOf(bgp) } : {},
      ...type === 5 ? { routeRefresh: refreshOf(bgp) } : {},
    },
  };
}

function openOf(bgp: Field): OpenFacts {
  const capabilities = all(bgp, "bgp.cap").map(capabilityOf);
  return {
    version: Number(first(bgp, "bgp.open.version")),
    asn: Number(first(bgp, "bgp.cap.4as") ?? first(bgp, "bgp.open.myas")),
    holdTimeSeconds: Number(first(bgp, "bgp.open.holdtime")),
    routerId: first(bgp, "bgp.open.identifier")!,
    capabilities: [...new Set(capabilities)],
  };
}

/** The code, then every value inside in order, as tshark shows it. */
function capabilityOf(capability: Field): string {
  const code = Number(first(capability, "bgp.cap.type"));
  const values = (...names: string[]) => {
    const fields = names.map((name) => all(capability, name).map(({ show }) => show));
    return fields[0]!.map((_, i) => fields.map((list) => list[i]).join("/")).join(" ");
  };
  switch (code) {
    case 1:
      return `1 ${values("bgp.cap.mp.afi", "bgp.cap.mp.safi")}`;
    case 64: {
      const timers = ["restart_flag", "notification_flag", "restart_time"].map((name) =>
        first(capability, `bgp.cap.gr.timers.${name}`)
      );
      return `64 ${timers.join(" ")} ${values("bgp.cap.gr.afi", "bgp.cap.gr.safi", "bgp.cap.gr.flag.pfs")}`.trim();
    }
    case 65:
      return `65 ${first(capability, "bgp.cap.4as")}`;
    case 69:
      return `69 ${values("bgp.cap.ap.afi", "bgp.cap.ap.safi", "bgp.cap.ap.sendreceive")}`;
    case 73:
      return `73 ${first(capability, "bgp.cap.orf.fqdn.hostname") ?? ""} ${
        first(capability, "bgp.cap.orf.fqdn.domain_name") ?? ""
      }`;
    default:
      return `${code} ${valueOf(capability)}`.trim();
  }
}

/** Of what tshark does not take apart: the octets behind the length. */
function valueOf(capability: Field): string {
  return capability.children.slice(2).map(({ value }) => value).join("");
}

function notificationOf(bgp: Field): string {
  const minor = [...leaves(bgp)].find(({ name }) => name.startsWith("bgp.notify.minor_error"))?.value ?? "00";
  // Whatever comes behind the subcode, by any name.
  const fields = [...leaves(bgp)].filter(({ name }) => /^bgp\.notify\.(minor_data|communication|error_)/.test(name));
  const data = fields.map(({ value }) => value).join("");
  return `${Number(first(bgp, "bgp.notify.major_error"))}/${parseInt(minor, 16)} ${data}`.trim();
}

function refreshOf(bgp: Field): string {
  return ["afi", "safi", "subtype"].map((name) => first(bgp, `bgp.route_refresh.${name}`)).join("/");
}

function codeOf(attribute: Field): number {
  return Number(first(attribute, "bgp.update.path_attribute.type_code"));
}

const prefixFields = {
  announced: ["bgp.nlri_prefix", "bgp.mp_reach_nlri_ipv4_prefix", "bgp.mp_reach_nlri_ipv6_prefix"],
  withdrawn: ["bgp.withdrawn_prefix", "bgp.mp_unreach_nlri_ipv4_prefix", "bgp.mp_unreach_nlri_ipv6_prefix"],
};

/** Prefixes of these kinds: a path identifier and a length come before the address. */
function prefixesOf(field: Field, names: readonly string[]): string[] {
  let length = "", path = "";
  const prefixes: string[] = [];
  for (const { name, show } of leaves(field)) {
    if (name === "bgp.nlri_path_id") path = ` path ${show}`;
    else if (name === "bgp.prefix_length") length = show;
    else if (name.endsWith("_prefix")) {
      if (names.includes(name)) prefixes.push(`${show}/${length}${path}`);
      path = "";
    }
  }
  return prefixes;
}

function updateOf(bgp: Field): UpdateFacts {
  const attributes: Record<string, string> = {};
  const announcedNlri: string[] = [], withdrawnNlri: string[] = [];
  let otherFamily: string | undefined;
  for (const attribute of all(bgp, "bgp.update.path_attribute")) {
    const code = codeOf(attribute);
    if (code !== 14 && code !== 15) {
      // Of a repeated attribute the first counts (RFC 7606 §3g).
      const [name, value] = attributeOf(code, attribute, bgp.position);
      if (name !== undefined) attributes[name] ??= value;
      continue;
    }
    const mp = code === 14 ? "mp_reach_nlri" : "mp_unreach_nlri";
    const family = ["afi", "safi"].map((part) => Number(first(attribute, `bgp.update.path_attribute.${mp}.${part}`)));
    const known = familyByCode(family[0]!, family[1]!);
    if (known === undefined) otherFamily = family.join("/");
    else if (known.kind !== "prefix") {
      if (code === 14) announcedNlri.push(...announcedOf(attribute, known));
      else withdrawnNlri.push(...withdrawnOf(attribute, known));
    }
    const nextHop = ["ipv4", "ipv6", "ipv6.link_local"].flatMap((kind) => {
      return all(attribute, `bgp.update.path_attribute.mp_reach_nlri.next_hop.${kind}`).map(({ show }) => show);
    });
    if (nextHop.length > 0) attributes["nextHop"] = nextHop.join(" ");
  }
  // NLRI of other kinds have prefixes, too.
  const withdrawn = withdrawnNlri.length > 0 ? withdrawnNlri : prefixesOf(bgp, prefixFields.withdrawn);
  const announced = announcedNlri.length > 0 ? announcedNlri : prefixesOf(bgp, prefixFields.announced);
  return { withdrawn, announced, attributes, ...otherFamily === undefined ? {} : { otherFamily } };
}

const segmentTypes: Readonly<Record<string, SegmentType>> = { 1: 1, 2: 2, 3: 3, 4: 4 };

function asPathOf(attribute: Field): string {
  const segments = all(attribute, "bgp.update.path_attribute.as_path_segment").map((segment) => ({
    type: segmentTypes[first(segment, "bgp.update.path_attribute.as_path_segment.type")!] ?? SegmentType.sequence,
    asns: [...leaves(segment)].filter(({ name }) => /\.as[24]$/.test(name)).map(({ show }) => Number(show)),
  }));
  return formatAsPath(segments);
}

/** Name and value; no name for AS4_PATH, which is merged, and for what is wrong beyond reading. */
function attributeOf(code: number, attribute: Field, start: number): [string | undefined, string] {
  const value = (name: string) => first(attribute, `bgp.update.path_attribute.${name}`) ?? "";
  switch (code) {
    case 1:
      return ["origin", value("origin")];
    case 2:
      return ["asPath", asPathOf(attribute)];
    case 3:
      return ["nextHop", value("next_hop")];
    case 4:
      return ["med", value("multi_exit_disc")];
    case 5:
      return ["localPref", value("local_pref")];
    case 6:
      return ["atomicAggregate", "true"];
    case 7:
      return ["aggregator", `${value("aggregator_as")} ${value("aggregator_origin")}`];
    case 8:
      return [
        "communities",
        all(attribute, "bgp.update.path_attribute.community_as").map(({ show }) => show).join(" "),
      ];
    case 9:
      return ["originatorId", value("originator_id")];
    case 10:
      return ["clusterList", all(attribute, "bgp.path_attribute.cluster_id").map(({ show }) => show).join(" ")];
    case 16:
      // Each kind nests its octets in its own way: their places in the message have to do.
      return ["extCommunities", all(attribute, "bgp.ext_community").map((one) => `@${one.position - start}`).join(" ")];
    case 17:
      return [undefined, ""];
    case 32:
      return [
        "largeCommunities",
        all(attribute, "bgp.large_communities").filter(({ children }) => children.length > 0)
          .map(({ children }) => children.map(({ show }) => show).join(":")).join(" "),
      ];
    default:
      return [`attribute ${code}`, "there"];
  }
}
