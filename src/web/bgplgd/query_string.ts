/**
 * The parameters of bgplgd, with its checks (bgplgd.8 and qs.c of OpenBGPD): what is unknown, not for this path, given
 * twice, without a value or malformed is refused with 400. A name may be cut short, as there.
 */

import { parseAddress, parsePrefix } from "../../types/mod.ts";
import { WebError } from "../answers/answer.ts";

type Check = (text: string) => boolean;

const isText: Check = (text) => text.length < 256 && /^[\x20-\x7e]+$/.test(text);
const isNumber: Check = (text) => /^(0|[1-9]\d*)$/.test(text);
const isFlag: Check = (text) => text === "0" || text === "1";
const oneOf = (...words: string[]): Check => (text) => words.includes(text);
const isPrefix: Check = (text) => (text.includes("/") ? parsePrefix(text) : parseAddress(text)) !== undefined;

/** In the order in which a name that is cut short finds them. */
const parameters: Readonly<Record<string, Check>> = {
  neighbor: isText,
  group: isText,
  as: isNumber,
  prefix: isPrefix,
  community: isText,
  "ext-community": isText,
  "large-community": isText,
  af: (text) => oneOf("ipv4", "ipv6", "vpnv4", "vpnv6")(text.toLowerCase()),
  rib: isText,
  ovs: oneOf("not-found", "valid", "invalid"),
  best: isFlag,
  all: isFlag,
  "or-shorter": isFlag,
  error: isFlag,
  avs: oneOf("unknown", "valid", "invalid"),
  invalid: isFlag,
  leaked: isFlag,
  filtered: isFlag,
};

export const neighborParameters: readonly string[] = ["neighbor", "group"];
export const adjRibParameters: readonly string[] = Object.keys(parameters).filter((name) => name !== "rib");
export const ribParameters: readonly string[] = Object.keys(parameters);

/** The parameters by name. Throws {@link WebError} 400 in words. */
export function readQuery(query: URLSearchParams, allowed: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [key, text] of query) {
    const name = Object.keys(parameters).find((each) => each.startsWith(key));
    if (name === undefined) throw new WebError(400, `unknown querystring key ${key.slice(0, 60)}`);
    if (!allowed.includes(name)) throw new WebError(400, `querystring param ${name} not allowed for command`);
    if (values.has(name)) throw new WebError(400, `querystring param ${name} already set`);
    if (text === "") throw new WebError(400, `querystring ${name} without value`);
    if (!parameters[name]!(text)) throw new WebError(400, `${name}: bad value ${text.slice(0, 60)}`);
    values.set(name, text);
  }
  return values;
}
