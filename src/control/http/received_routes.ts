/** API route for received routes in memory: the routes to an address, of a prefix, or inside a prefix. */

import { nearestFamily } from "../../config/mod.ts";
import type { RouteQuestion } from "../../rib/mod.ts";
import { nlriCodec } from "../../message/mod.ts";
import {
  families,
  familyByName,
  type FamilyId,
  formatPrefix,
  isPrefixFamily,
  maskPrefix,
  parseAddress,
  parsePrefix,
} from "../../types/mod.ts";
import { whyNoPrefix } from "../prefix_error.ts";
import { ControlError } from "../target.ts";
import { routeExample } from "./examples.ts";
import { type ApiRequest, flagOf, type Route, route } from "./route.ts";

const routeSchemas = () => import("../schema/route.ts");

const defaultLimit = 1000;
const mostRoutes = 100_000;

export const receivedRoutes: readonly Route[] = [
  route({
    method: "get",
    path: "/routes",
    summary:
      "Received routes in memory, with the columns of the view rib: those of the longest prefix that contains an" +
      " address, or those of a prefix; for one prefix, the best route first",
    changes: false,
    parameters: [
      { name: "address", in: "query", doc: "routes of the longest prefix that contains this address" },
      { name: "prefix", in: "query", doc: "instead of an address: routes of exactly this prefix" },
      { name: "longer", in: "query", doc: "true: with prefix, also all prefixes inside it, in no particular order" },
      {
        name: "limit",
        in: "query",
        doc: `with longer: at most so many routes, up to ${mostRoutes} (default ${defaultLimit})`,
      },
      { name: "family", in: "query", doc: `${families.map(({ name }) => name).join(", ")} (default: unicast)` },
      { name: "rd", in: "query", doc: "with address or prefix and a VPN family: the Route Distinguisher" },
      {
        name: "destination",
        in: "query",
        doc: "instead of an address, with any family beside unicast and multicast: the destination as text",
      },
    ],
    response: async () => (await routeSchemas()).routeSchema.array(),
    example: { parameters: { address: "198.51.100.7" }, answer: [routeExample] },
    run: (target, request) => ({ kind: "list", pages: target.routes(questionOf(request), request.signal) }),
  }),
];

function questionOf(request: ApiRequest): RouteQuestion {
  const nlri = nlriQuestion(request);
  if (nlri !== undefined) return nlri;
  const [address, prefix, limit] = ["address", "prefix", "limit"].map(request.parameter);
  const longer = flagOf(request.parameter("longer"));
  if ((address === undefined) === (prefix === undefined)) {
    throw wrong(address === undefined ? "address or prefix is missing" : "give address or prefix, not both");
  }
  if (longer === undefined) throw wrong(`longer must be true or false, not "${request.parameter("longer")}"`);
  if (limit !== undefined && !longer) throw wrong("limit needs longer=true");
  if (address !== undefined) {
    if (longer) throw wrong("longer needs prefix");
    const octets = parseAddress(address);
    if (octets === undefined) {
      throw wrong(
        `"${address}" is not an address${parsePrefix(address) === undefined ? "" : "; did you mean prefix?"}`,
      );
    }
    return { kind: "longest", family: familyOf(request, octets, address), address: octets };
  }
  const text = prefix!;
  const parsed = text.includes("/") ? parsePrefix(text) : undefined;
  if (parsed === undefined) {
    throw wrong(
      parseAddress(text) === undefined ? whyNoPrefix(text) : `"${text}" is not a prefix; did you mean address?`,
    );
  }
  const family = familyOf(request, parsed.octets, text);
  if (!longer) return { kind: "exact", family, prefix: parsed };
  return { kind: "within", family, prefix: parsed, limit: limit === undefined ? defaultLimit : limitOf(limit) };
}

/** A question about a family whose destinations are no plain prefixes; `undefined`: it is about one whose are. */
function nlriQuestion(request: ApiRequest): RouteQuestion | undefined {
  const [name, destination, rd] = ["family", "destination", "rd"].map(request.parameter);
  const family = name === undefined ? undefined : familyByName(name);
  if (family === undefined || isPrefixFamily(family.id)) {
    if (destination ?? rd) throw wrong(`${destination === undefined ? "rd" : "destination"} needs another family`);
    return undefined;
  }
  const [address, prefix, longer] = ["address", "prefix", "longer"].map(request.parameter);
  if ([destination, address, prefix].filter((given) => given !== undefined).length !== 1) {
    throw wrong("give one of destination, address and prefix");
  }
  if (longer !== undefined) throw wrong(`longer is for unicast and multicast, not for ${family.name}`);
  const inTable = (text: string) => rd === undefined ? text : `${rd} ${text}`;
  const texts = address === undefined ? [destination ?? inTable(prefix!)] : prefixesOf(address).map(inTable);
  const codec = nlriCodec(family.id)!;
  const keys = texts.map((text) => {
    const key = codec.parse(text);
    if ("error" in key) throw wrong(key.error);
    return key;
  });
  return { kind: "keys", family: family.id, keys };
}

/** All prefixes that contain an address, the longest first. */
function prefixesOf(address: string): string[] {
  const octets = parseAddress(address);
  if (octets === undefined) throw wrong(`"${address}" is not an address`);
  const bits = 8 * octets.length;
  return Array.from({ length: bits + 1 }, (_, n) => formatPrefix(maskPrefix(octets, bits - n)));
}

/** The family of the request; without one, unicast. */
function familyOf(request: ApiRequest, { length }: Uint8Array, text: string): FamilyId {
  const name = request.parameter("family");
  if (name === undefined) return families.find(({ addressBytes }) => addressBytes === length)!.id;
  const named = familyByName(name);
  if (named === undefined) {
    const near = nearestFamily(name);
    if (near !== undefined) throw wrong(`unknown family "${name}"; did you mean ${near}?`);
    throw wrong(`unknown family "${name}"; families are ${families.map((each) => each.name).join(", ")}`);
  }
  if (named.addressBytes !== length) throw wrong(`${text} does not belong to family ${name}`);
  return named.id;
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (/^\d{1,9}$/.test(text) && limit >= 1 && limit <= mostRoutes) return limit;
  throw wrong(`limit must be a number from 1 to ${mostRoutes}, not "${text}"`);
}

function wrong(text: string): ControlError {
  return new ControlError("wrong", text);
}
