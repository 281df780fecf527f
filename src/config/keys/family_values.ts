/** Kinds of values of the keys in `inter_as_keys.ts`. */

import { type ByFamily, families, familyByName, type FamilyId } from "../../types/mod.ts";
import { nearest } from "../toml/errors.ts";
import * as type from "./values.ts";
import type { ValueType } from "./values.ts";

/** A value for every family, or by family. */
export type PerFamily<T> = { readonly kind: "all"; readonly value: T } | {
  readonly kind: "some";
  readonly values: ReadonlyMap<FamilyId, T>;
};

export function perFamily<T>(inner: ValueType<T>): ValueType<PerFamily<T>> {
  return {
    name: `${inner.name}, or a table family = value`,
    parse(node, key, report) {
      if (node.kind !== "table") {
        const value = inner.parse(node, key, report);
        return value === undefined ? undefined : { kind: "all", value };
      }
      const values = new Map<FamilyId, T>();
      let valid = true;
      for (const [name, entry] of node.entries) {
        const row = familyByName(name.toLowerCase());
        const value = inner.parse(entry, `${key} of ${name}`, report);
        if (row === undefined) {
          const near = nearest(name, families.map((each) => each.name));
          report.add(entry.keyAt, `${key}: no family is named "${name}"`, near === undefined ? undefined : `"${near}"`);
        }
        if (row === undefined || value === undefined) valid = false;
        else values.set(row.id, value);
      }
      return valid ? { kind: "some", values } : undefined;
    },
  };
}

/** `true`: "all" families of the peer; `false`: none. */
export const familyChoice: ValueType<readonly FamilyId[] | "all"> = {
  name: "true, false, or a list of families",
  parse(node, key, report) {
    if (node.kind === "boolean") return node.value ? "all" : [];
    if (node.kind === "array") return type.familyList.parse(node, key, report);
    return type.wrong(node, key, "true, false or a list of families", report);
  },
};

/** How often an ASN may stand somewhere. */
export const asnCount = type.integer(0, 255, "times");

/** A limit for each family that has one; `families`: those of the peer. */
export function limitsOf(
  limits: PerFamily<number> | undefined,
  families: readonly FamilyId[],
): Readonly<ByFamily<number>> {
  if (limits === undefined) return {};
  if (limits.kind === "all") return Object.fromEntries(families.map((id) => [id, limits.value]));
  return Object.fromEntries(limits.values);
}
