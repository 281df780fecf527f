/** Names that one table gives and another one uses. */

import { nearest, type Report, type SourcePosition } from "../toml/errors.ts";
import { quoted } from "./value_type.ts";

/** Where a name is used. */
export interface NameUse {
  readonly name: string;
  readonly at: SourcePosition;
  /** The key whose value contains the name; messages begin with it. */
  readonly key?: string;
}

/** A map or a set whose keys are the names. */
type KnownNames = Pick<ReadonlySet<string>, "has" | "keys">;

/** Reports a name that no table `[[table]]` has. */
export function checkNameExists({ name, at, key }: NameUse, table: string, known: KnownNames, report: Report): void {
  if (known.has(name)) return;
  const prefix = key === undefined ? "" : `${key}: `;
  const near = nearest(name, known.keys());
  const step = near === undefined ? `; add [[${table}]] with this name, or correct the name` : "";
  report.add(at, `${prefix}no [[${table}]] has the name "${name}"${step}`, quoted(near));
}
