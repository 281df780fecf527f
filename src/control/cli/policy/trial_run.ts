/** The work of `bgpd policy test`. */

import { addressOf, type PeerConfig, whyNotFound } from "../../../config/mod.ts";
import { decodeAttributeSet, encodeAttributeSet } from "../../../message/mod.ts";
import { choiceFor, type PolicySource } from "../../../policy/mod.ts";
import { avsNames, avsOf, ovsNames, ovsOf, type VrpTables } from "../../../rpki/mod.ts";
import { announcementValues, readAnnouncement, type ReceivedRoutes, type StoredPeer } from "../../../store/mod.ts";
import { type FamilyId, formatPrefix, parseZonedAddress, type Prefix } from "../../../types/mod.ts";
import { ourselves, policyPeer, sourceOf } from "../../policy/config_peers.ts";
import { isExported } from "../../policy/exported.ts";
import { ImportTrial } from "../../policy/import_trial.ts";
import { type Trial, tryPolicies } from "../../policy/trial.ts";
import { validityBy, vrpsOfFile } from "../../policy/trial_validity.ts";
import { announcementOf } from "../announce/announce_arguments.ts";
import { CommandError, type Input, type Io, UsageError } from "../command.ts";
import { configPath } from "../database_file.ts";
import { type PolicyConfig, readPolicyConfig, withReader } from "./config.ts";
import { printTrials, type TriedRoute } from "./report.ts";

/** Returns the exit code. */
export function runTest(input: Input, io: Io): number {
  const name = input.text("peer");
  if (name === undefined) throw new UsageError("policy test needs --peer PEER");
  const question = questionOf(input, vrpsOf(input.text("with-vrps"), io));
  const config = readPolicyConfig(configPath(input.text("config"), io), input, io);
  const peer = namedPeer(config, name);
  const tried = input.flag("export")
    ? tryExport(question, peer, input.text("from"), config)
    : tryImport(question, peer, config);
  printTrials(tried, input.flag("json"), io);
  return 0;
}

interface Question {
  readonly prefix: Prefix;
  readonly family: FamilyId;
  /** `undefined`: the attributes of the database. */
  readonly given: Uint8Array | undefined;
  /** The VRPs of `--with-vrps`; `undefined`: what the database says of the route. */
  readonly vrps: VrpTables | undefined;
}

/** The peer of `--peer`: its configuration, its name in the database and its address. */
interface NamedPeer {
  readonly config: PeerConfig;
  readonly name: string;
  readonly address: string;
}

function namedPeer({ peers, file }: PolicyConfig, word: string): NamedPeer {
  const search = peers.named(word);
  if (search.kind === "none") throw new CommandError(`${file} has no peer ${word}`);
  if (search.kind === "several") throw new CommandError(whyNotFound(word, search));
  const { peer: config, name } = search;
  if (config.kind !== "network") return { config, name, address: addressOf(config) ?? "fe80::" };
  // For a network, its first address represents its members.
  const first = formatPrefix(config.remoteNetwork).split("/")[0]!;
  const address = parseZonedAddress(name) === undefined ? first : name;
  return { config, name: address, address };
}

function vrpsOf(path: string | undefined, io: Io): VrpTables | undefined {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new CommandError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
  const read = vrpsOfFile(text, io.now() / 1000);
  if ("error" in read) throw new CommandError(`${path}:${read.error}`);
  return read.value;
}

function questionOf(input: Input, vrps: VrpTables | undefined): Question {
  const text = announcementOf(input, 0);
  const read = readAnnouncement(announcementValues({ ...text, peer: null }));
  if (read.kind === "wrong") throw new UsageError(read.error);
  const { prefix, family, attributes } = read.route;
  if (prefix === undefined) throw new UsageError("policies are tried with a prefix, for example 203.0.113.0/24");
  const { prefix: _prefix, peer: _peer, nextHop, ...others } = text;
  const isGiven = nextHop !== "self" || Object.values(others).some((value) => value !== null);
  return { prefix, family, given: isGiven ? encodeAttributeSet(attributes) : undefined, vrps };
}

function tryImport(question: Question, named: NamedPeer, config: PolicyConfig): TriedRoute[] {
  const { prefix, family, given, vrps } = question;
  const { config: peer, name, address } = named;
  const evaluate = (wire: Uint8Array, about: string, asn: number | null, stored = 0): TriedRoute => {
    const trial = new ImportTrial(config.policies, peer, address, asn);
    const context = { family, peer: policyPeer(peer, address, asn) };
    const choice = choiceFor(peer.import, family);
    const accepts = (word: string) => word === "all";
    const validity = vrps === undefined ? stored : validityBy(vrps, prefix, wire, peer.localAsn);
    const ruled = trial.ruled(wire, family);
    const result = tryPolicies({ policies: config.policies, choice, accepts, context, prefix, wire: ruled, validity });
    const rejection = trial.rejection(validity);
    const isRejected = result.accepted && rejection !== undefined;
    const final = isRejected ? { ...result, accepted: false, reason: rejection } : result;
    return tried(question, "import", name, `${about}${validityText(validity)}`, final);
  };
  if (given !== undefined) return [evaluate(withNextHop(given, address), "as given", null)];
  return withReader(config, (reader) => {
    const stored = reader.received();
    const known = stored.peers().find((other) => other.name === name);
    const routes = known === undefined ? [] : stored.at(known.id, prefix);
    if (known === undefined || routes.length === 0) throw nothingStored(prefix, name);
    return routes.map(({ receivedId, pathId, validity }) => {
      const about = pathId === -1 ? "as received" : `as received, path ${pathId}`;
      return evaluate(stored.wire(receivedId), about, known.asn, validity);
    });
  });
}

function tryExport(
  question: Question,
  { config: peer, name, address }: NamedPeer,
  from: string | undefined,
  config: PolicyConfig,
): TriedRoute[] {
  const { prefix, family, given, vrps } = question;
  const evaluate = (wire: Uint8Array, about: string, source: PolicySource): TriedRoute => {
    const context = { family, peer: policyPeer(peer, address, null), source };
    const choice = choiceFor(peer.export, family);
    const accepts = (word: string) => isExported(word, source, wire);
    const validity = vrps === undefined ? 0 : validityBy(vrps, prefix, wire, peer.localAsn);
    const input = { policies: config.policies, choice, accepts, context, prefix, wire, validity };
    return tried(question, "export", name, `${about}${validityText(validity)}`, tryPolicies(input));
  };
  if (given !== undefined) {
    if (from === undefined) return [evaluate(given, "as given, our own", ourselves)];
    const source = namedPeer(config, from);
    const wire = withNextHop(given, source.address);
    return [evaluate(wire, `as given, from ${source.name}`, sourceOf(source.config, source.address, null))];
  }
  return withReader(config, (reader) => {
    const stored = reader.received();
    const best = stored.bestAt(prefix);
    if (best.length === 0) {
      throw new CommandError(
        `the database has no best route for ${formatPrefix(prefix)}; give attributes to test a route`,
      );
    }
    return best.map(({ peerId, attributeId }) => {
      const source = storedSource(stored, peerId, config);
      return evaluate(stored.wire(attributeId), source.about, source.source);
    });
  });
}

function storedSource(
  stored: ReceivedRoutes,
  peerId: number,
  config: PolicyConfig,
): { about: string; source: PolicySource } {
  if (peerId === 0) return { about: "the best route, our own", source: ourselves };
  const peer = stored.peers().find(({ id }) => id === peerId);
  const known = peer === undefined ? undefined : config.peers.find(peer.name);
  if (peer === undefined || known === undefined) {
    throw new CommandError(`${config.file} does not have the peer of the best route: ${nameOf(peer)}`);
  }
  return { about: `the best route, from ${peer.name}`, source: sourceOf(known, peer.address ?? "", peer.asn) };
}

function nameOf(peer: StoredPeer | undefined): string {
  return peer?.name ?? "a peer that the database does not have any more";
}

function tried(
  { prefix }: Question,
  direction: "import" | "export",
  peer: string,
  about: string,
  trial: Trial,
): TriedRoute {
  return { prefix: formatPrefix(prefix), direction, peer, about, trial };
}

/** What RPKI data say of the route, behind what the route is. */
function validityText(validity: number): string {
  const [ovs, avs] = [ovsNames[ovsOf(validity)], avsNames[avsOf(validity)]];
  return `${ovs === null ? "" : `, RPKI ${ovs}`}${avs === null ? "" : `, ASPA ${avs}`}`;
}

/** A received route has a next hop: the address of the peer, unless the command line gives another one. */
function withNextHop(wire: Uint8Array, address: string): Uint8Array {
  const set = decodeAttributeSet(wire);
  set.nextHop ??= parseZonedAddress(address)!;
  return encodeAttributeSet(set);
}

function nothingStored(prefix: Prefix, peer: string): CommandError {
  return new CommandError(
    `the database has no route for ${formatPrefix(prefix)} from ${peer}; give attributes to test one`,
  );
}
