/** A VPLS route in the words of ExaBGP: `rd 192.168.201.1:123 endpoint 5 base 10702 offset 1 size 8 next-hop …`. */

import { emptyDraft, readAttribute, requireEnd, type RouteText, routeText } from "./route.ts";
import { type Words, WrongCommand } from "./words.ts";

/** The fields of the NLRI (RFC 4761 §3.2.2) and the largest value of each. */
const fields = { endpoint: 0xffff, base: 0xf_ffff, offset: 0xffff, size: 0xffff } as const;
type Field = keyof typeof fields;

/** `words`: what follows `vpls`. */
export function vplsOf(words: Words): RouteText {
  const draft = emptyDraft();
  const values = new Map<Field, number>();
  if (words.peek(1) === "{") words.next("vpls");
  while (!words.isDone) {
    const word = words.peek()!;
    if (word === "{" || word === "}" || word === ";") words.take(word);
    else if (Object.hasOwn(fields, word)) {
      const field = words.next("vpls") as Field;
      values.set(field, words.number(field, fields[field]));
    } else if (!readAttribute(words, draft)) break;
  }
  requireEnd(words);
  const missing = (Object.keys(fields) as Field[]).find((field) => !values.has(field)) ??
    (draft.rd === null ? "rd" : undefined);
  if (missing !== undefined) throw new WrongCommand(`vpls needs ${missing}`);
  const [endpoint, base, offset, size] = (Object.keys(fields) as Field[]).map((field) => values.get(field)!);
  const destination = `rd ${draft.rd} ve ${endpoint} offset ${offset} size ${size}`;
  return routeText("vpls", destination, { ...draft, rd: null, labels: [String(base)] });
}
