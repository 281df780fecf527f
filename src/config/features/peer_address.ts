/** Where a peer is and what it is called: an address, a network, or whoever is alone on a link. */

import { formatAddress, formatPrefix, isLinkLocal, parseAddress, type Prefix, splitZone } from "../../types/mod.ts";
import type { Position, Report } from "../toml/errors.ts";
import { canonicalRemote } from "../peers/directory.ts";
import type { peerKeys } from "../schema.ts";
import type { TableValues, Values } from "../keys/table.ts";

type OwnKeys = TableValues<typeof peerKeys>;
type PeerValues = Values<typeof peerKeys>;
type At = (key: "dial_only" | "local_ip" | "passive" | "password_file") => Position;

/** What a {@link PeerConfig} says of it. */
export type Place =
  /** With its zone where it is link-local. */
  | { readonly kind: "address"; readonly remoteIp: string }
  | { readonly kind: "network"; readonly remoteNetwork: Prefix }
  /** The one neighbour on a link of ours. */
  | { readonly kind: "interface"; readonly interface: string };

/** `undefined` where something was reported. */
export function readPlace(own: OwnKeys, report: Report): Place | undefined {
  const { remote_ip: remote, interface: link } = own.values;
  if (!own.has("remote_ip")) {
    if (link !== undefined) return { kind: "interface", interface: link };
    if (!own.has("interface")) {
      report.add(
        own.start,
        "remote_ip is missing: the address of the peer, or a network; or interface, for who is alone there",
      );
    }
    return undefined;
  }
  if (remote === undefined) return undefined;
  if (remote.kind === "network") {
    if (link !== undefined) report.add(own.at("interface"), "interface and a network as remote_ip: only one of them");
    return { kind: "network", remoteNetwork: remote.network };
  }
  const { address, zone } = splitZone(remote.address);
  if (!isLinkLocal(parseAddress(address)!)) {
    if (link !== undefined) {
      report.add(own.at("interface"), `interface goes with a link-local remote_ip, ${address} is none`);
    }
    return { kind: "address", remoteIp: remote.address };
  }
  if (zone === "" && link === undefined) {
    if (own.has("interface")) return undefined;
    report.add(
      own.at("remote_ip"),
      `remote_ip: ${address} is link-local, and there is one on each link: say on which interface of ours`,
      `"${address}%eth0"`,
    );
    return undefined;
  }
  if (zone !== "" && link !== undefined && zone !== link) {
    report.add(own.at("interface"), `interface is ${link}, but remote_ip is on ${zone}`);
  }
  return { kind: "address", remoteIp: `${address}%${zone === "" ? link : zone}` };
}

/** The canonical text of an address, with its zone, or of a network; of a link the network of all neighbours there, `fe80::/10%eth0`. */
export function remoteOf(place: Place): string {
  switch (place.kind) {
    case "address":
      return place.remoteIp;
    case "network":
      return formatPrefix(place.remoteNetwork);
    case "interface":
      return `fe80::/10%${place.interface}`;
  }
}

export function nameOf(own: OwnKeys, place: Place): string {
  return own.values.name ?? (place.kind === "interface" ? place.interface : remoteOf(place));
}

/** What several keys say together. */
export function checkPlace(own: OwnKeys, values: PeerValues, place: Place | undefined, at: At, report: Report): void {
  checkName(own, place, report);
  checkLocal(values, place, at, report);
  if (place?.kind === "network" && values.passive === false) {
    report.add(at("passive"), "a peer with a network as remote_ip is passive: nobody knows whom to dial");
  }
  if (own.has("max_members") && place !== undefined && place.kind !== "network") {
    report.add(own.at("max_members"), "max_members is for a network as remote_ip; this is one peer");
  }
  if (place?.kind === "interface" && values.password_file !== undefined) {
    report.add(
      at("password_file"),
      "password_file needs remote_ip beside interface: the kernel has keys for addresses only",
    );
  }
  if (values.dial_only !== true) return;
  if (place?.kind === "network" || place?.kind === "interface") {
    const what = place.kind === "network" ? "a network as remote_ip" : "interface and no remote_ip";
    report.add(at("dial_only"), `a peer with ${what} is there to accept: dial_only is for one address`);
  } else if (values.passive === true) {
    report.add(
      at("dial_only"),
      "dial_only and passive together: neither dialled nor accepted, it would have no session",
    );
  }
}

/** A name that is an address would be taken for the peer there. */
function checkName(own: OwnKeys, place: Place | undefined, report: Report): void {
  const { name } = own.values;
  if (!own.has("name") && place?.kind === "interface") {
    const link = place.interface;
    if (link !== "local" && canonicalRemote(link) === undefined) return;
    return report.add(own.at("interface"), `interface "${link}" cannot be the name of the peer, too: add a name`);
  }
  if (name === undefined || canonicalRemote(name) === undefined) return;
  if (place !== undefined && name === remoteOf(place)) return;
  report.add(own.at("name"), `name "${name}" is an address: commands would take it for the peer there`);
}

function checkLocal(values: PeerValues, place: Place | undefined, at: At, report: Report): void {
  const { local_ip: localIp } = values;
  if (place === undefined || localIp === undefined) return;
  const remote = place.kind === "network" ? formatAddress(place.remoteNetwork.octets) : remoteOf(place);
  const isWide = remote.includes(":");
  if (localIp.includes(":") !== isWide) {
    const [local, other] = isWide ? ["IPv4", "IPv6"] : ["IPv6", "IPv4"];
    return report.add(at("local_ip"), `local_ip is ${local} but remote_ip is ${other}: a connection has one family`);
  }
  if (isWide && place.kind === "address" && !place.remoteIp.includes("%") && isLinkLocal(parseAddress(localIp)!)) {
    report.add(at("local_ip"), "local_ip is link-local but remote_ip is not: such a connection leads nowhere");
  }
}
