/** Reads the output of `tshark -T pdml`. */

/** An element of PDML: a protocol or a field. */
export interface Field {
  readonly name: string;
  /** The value as tshark prints it. */
  readonly show: string;
  /** The octets, in hexadecimal. */
  readonly value: string;
  /** The octet that the bits of {@link value} come from; empty where they are whole octets. */
  readonly unmasked: string;
  /** The value in words. */
  readonly words: string;
  /** Where the octets stand, from the beginning of the packet. */
  readonly position: number;
  readonly children: Field[];
}

/** The packets of a PDML document. Attributes of its elements are always in double quotes. */
export function parsePdml(text: string): Field[] {
  const root: Field = { name: "", show: "", value: "", unmasked: "", words: "", position: 0, children: [] };
  const stack: Field[] = [root];
  for (
    const [, closing, attributes, empty] of text.matchAll(
      /<(\/?)(?:packet|proto|field)\b((?:\s+\w+="[^"]*")*)\s*(\/?)>/g,
    )
  ) {
    if (closing === "/") {
      stack.pop();
      continue;
    }
    const values = Object.fromEntries(
      [...attributes!.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key!, unescape(value!)]),
    );
    const field: Field = {
      name: values["name"] ?? "",
      show: values["show"] ?? "",
      value: values["value"] ?? "",
      unmasked: values["unmaskedvalue"] ?? "",
      words: values["showname"] ?? "",
      position: Number(values["pos"]),
      children: [],
    };
    stack.at(-1)!.children.push(field);
    if (empty !== "/") stack.push(field);
  }
  return root.children;
}

function unescape(text: string): string {
  return text.replace(
    /&(lt|gt|quot|apos|amp);/g,
    (_, name: string) => ({ lt: "<", gt: ">", quot: '"', apos: "'" })[name] ?? "&",
  );
}

export function* leaves(field: Field): Generator<Field> {
  yield field;
  for (const child of field.children) yield* leaves(child);
}

export function all(field: Field, name: string): Field[] {
  return [...leaves(field)].filter((one) => one.name === name);
}

export function first(field: Field, name: string): string | undefined {
  return all(field, name)[0]?.show;
}
