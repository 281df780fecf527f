/** What is wrong with choices for a new configuration. */

import { parseConfig } from "../../../config/mod.ts";
import { md5KeyBytes } from "../../../transport/mod.ts";
import { parseAsn } from "../../../types/mod.ts";
import { UsageError } from "../command.ts";
import { fileProblem } from "../files.ts";
import { type Choices, type ChosenPeer, defaultAsn, parsePeer } from "./choices.ts";
import { configurationText } from "./template.ts";

/** The first mistake in the configuration that the choices make, with what was probably meant. */
export function problemOf(choices: Choices): string | undefined {
  const result = parseConfig(configurationText(choices));
  const error = result.kind === "errors" ? result.errors[0] : undefined;
  if (error === undefined) return undefined;
  return error.suggestion === undefined ? error.message : `${error.message}; did you mean ${error.suggestion}?`;
}

export function peerProblem(text: string, choices: Choices): string | undefined {
  const peer = parsePeer(text, defaultAsn(choices.role, choices.asn));
  if (peer === undefined) return "address and AS, such as 192.0.2.1 65001 transit";
  const all = { ...choices, peers: [...choices.peers, peer] };
  return wrongPeer(all) ?? problemOf(all);
}

/** The peer whose AS does not fit the role. */
export function wrongPeer({ role, asn, peers }: Choices): string | undefined {
  const same = (peer: ChosenPeer) => parseAsn(peer.asn) === parseAsn(asn);
  const wrong = role === "reflector"
    ? peers.find((peer) => !same(peer))
    : role === "route-server"
    ? peers.find(same)
    : undefined;
  if (wrong === undefined) return undefined;
  return role === "reflector"
    ? `the clients of a route reflector have our AS ${asn}; ${wrong.address} has AS ${wrong.asn}`
    : `the clients of a route server have an AS of their own; ${wrong.address} has ours, ${asn}`;
}

export function keyProblem(path: string): string | undefined {
  try {
    const octets = new TextEncoder().encode(Deno.readTextFileSync(path).trimEnd()).length;
    if (octets > 0 && octets <= md5KeyBytes) return undefined;
    return `${path} has ${octets} octets; a TCP-MD5 key has 1 to ${md5KeyBytes}`;
  } catch (error) {
    return `cannot read ${path}: ${fileProblem(error)}`;
  }
}

/** Throws {@link UsageError} for a text that is no peer. */
export function peersOf(texts: readonly string[], { role, asn }: Choices): ChosenPeer[] {
  return texts.map((text) => {
    const peer = parsePeer(text, defaultAsn(role, asn));
    if (peer !== undefined) return peer;
    throw new UsageError(`--peer takes "ADDRESS AS DESCRIPTION", such as "192.0.2.1 65001 transit", not "${text}"`);
  });
}
