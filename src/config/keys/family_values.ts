/** Types of values about address families: lists of families, and a value for each. */

import { families, familyByName, type FamilyId, familyOf } from "../../types/mod.ts";
import { nearest, type Report, type SourcePosition } from "../toml/errors.ts";
import type { TomlNode } from "../toml/parse.ts";
import { fault } from "./table.ts";
import { fail, quoted, type ValueType, wrong } from "./value_type.ts";

export const familyList: ValueType<readonly FamilyId[]> = {
  name: "list of families",
  parse(node, key, report) {
    if (node.kind !== "array") return wrong(node, key, 'a list as ["ipv4 unicast", "ipv6 unicast"]', report);
    const ids = node.items.map((item) => familyId(item, item.kind === "string" ? item.value : "", key, report));
    if (ids.includes(undefined)) return undefined;
    if (ids.length === 0) return fail(node, `${key}: list at least one family`, report);
    return [...new Set(ids.filter((id) => id !== undefined))].sort((a, b) => a - b);
  },
};

/** One family or several. */
export const familyNames: ValueType<readonly FamilyId[]> = {
  name: "families",
  parse(node, key, report) {
    return familyList.parse(node.kind === "array" ? node : { ...node, kind: "array", items: [node] }, key, report);
  },
};

/** `true`: "all" families of the peer; `false`: none. */
export const familyChoice: ValueType<readonly FamilyId[] | "all"> = {
  name: "true, false, or a list of families",
  parse(node, key, report) {
    if (node.kind === "boolean") return node.value ? "all" : [];
    if (node.kind === "array") return familyList.parse(node, key, report);
    return wrong(node, key, "true, false or a list of families", report);
  },
};

/** One value for every family of the peer, or a value by family. */
export type PerFamily<T> =
  | { readonly kind: "all"; readonly value: T }
  | { readonly kind: "some"; readonly values: ReadonlyMap<FamilyId, T> };

/** `what` is the word for a value in the list of all keys. */
export function perFamily<T>(inner: ValueType<T>, what = "value"): ValueType<PerFamily<T>> {
  return {
    name: `${inner.name}, or a table family = ${what}`,
    parse(node, key, report) {
      if (node.kind !== "table") {
        const value = inner.parse(node, key, report);
        return value === undefined ? undefined : { kind: "all", value };
      }
      const values = new Map<FamilyId, T>();
      let valid = true;
      for (const [name, entry] of node.entries) {
        const id = familyId({ ...entry, at: entry.keyAt }, name, key, report);
        const value = inner.parse(entry, `${key} of ${name}`, report);
        if (id === undefined || value === undefined) valid = false;
        else values.set(id, value);
      }
      return valid ? { kind: "some", values } : undefined;
    },
  };
}

/** The value of each family that has one; `offered`: the families of the peer. */
export function valuesByFamily<T>(
  choice: PerFamily<T> | undefined,
  offered: readonly FamilyId[],
): ReadonlyMap<FamilyId, T> {
  if (choice === undefined) return new Map();
  return choice.kind === "some" ? choice.values : new Map(offered.map((id) => [id, choice.value]));
}

/** Reports each family that a key names, and that the peer's `families` does not have. */
export function checkOffered<N extends string>(
  given: { at(key: N): SourcePosition; readonly report: Report },
  key: NoInfer<N>,
  named: readonly FamilyId[],
  offered: readonly FamilyId[],
): void {
  for (const id of named) {
    if (!offered.includes(id)) fault(given, key, `${key} names "${familyOf(id).name}", which is not in families`);
  }
}

function familyId(node: TomlNode, name: string, key: string, report: Report): FamilyId | undefined {
  const found = familyByName(name);
  if (found !== undefined) return found.id;
  const names = families.map((row) => row.name);
  const wanted = `a family (${names.join(", ")})`;
  const written: TomlNode = { kind: "string", value: name, at: node.at, keyAt: node.keyAt };
  return wrong(name === "" ? node : written, key, wanted, report, quoted(nearest(name, names)));
}
