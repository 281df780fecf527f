/** Checks the arguments of a call against the schema that the tool announces. */

import { nearest } from "../../../config/toml/errors.ts";
import type { Property, Tool } from "./tools.ts";

/** What is wrong, as one sentence that says what to do; `undefined`: nothing. */
export function argumentsFault({ input }: Tool, given: unknown): string | undefined {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return "arguments must be an object";
  const known = Object.keys(input.properties);
  for (const [name, value] of Object.entries(given)) {
    const property = Object.hasOwn(input.properties, name) ? input.properties[name] : undefined;
    if (property === undefined) return unknownArgument(name, known);
    const fault = valueFault(property, value);
    if (fault !== undefined) return `${name} must be ${fault}, not ${shown(value)}`;
  }
  const missing = input.required?.find((name) => !Object.hasOwn(given, name));
  return missing === undefined ? undefined : `${missing} is missing: ${input.properties[missing]?.description}`;
}

function unknownArgument(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  if (near !== undefined) return `there is no argument ${shown(name)}; did you mean ${near}?`;
  const takes = known.length === 0 ? "this tool takes none" : `the arguments are ${known.join(", ")}`;
  return `there is no argument ${shown(name)}; ${takes}`;
}

/** What the value must be; `undefined`: it is. */
function valueFault(property: Property, value: unknown): string | undefined {
  switch (property.type) {
    case "string":
      if (property.enum !== undefined) {
        if (property.enum.some((word) => word === value)) return undefined;
        const near = typeof value === "string" ? nearest(value, property.enum) : undefined;
        return near === undefined ? `one of ${property.enum.join(", ")}` : `one of the known words, such as ${near}`;
      }
      if (typeof value !== "string") return "a text";
      return value.trim() === "" ? "a text with some letters" : undefined;
    case "boolean":
      return typeof value === "boolean" ? undefined : "true or false";
    case "integer": {
      const { minimum, maximum } = property;
      const isRight = typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum;
      return isRight ? undefined : `a whole number from ${minimum} to ${maximum}`;
    }
    case "object": {
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      return isObject && Object.values(value).every((each) => ["string", "number"].includes(typeof each))
        ? undefined
        : "an object whose values are texts or numbers";
    }
  }
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 100);
}
