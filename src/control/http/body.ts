/** The body of a request: short, JSON, and of the shape that the route's schema describes. */

import { nearest } from "../../config/mod.ts";
import { z } from "../schema/schema.ts";
import { ControlError } from "../target.ts";
import { maxBodyBytes } from "../../transport/mod.ts";

/** The checked body, with its defaults. An empty body is an empty object. Throws {@link ControlError}. */
export async function readBody(request: Request, schema: z.ZodType): Promise<unknown> {
  const text = await readText(request);
  let value: unknown;
  try {
    value = text.trim() === "" ? {} : JSON.parse(text);
  } catch (error) {
    throw new ControlError("wrong", `the body is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  throw new ControlError("wrong", result.error.issues.map((issue) => sentence(issue, known)).join("; "));
}

async function readText(request: Request): Promise<string> {
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new ControlError("wrong", `the body is longer than ${maxBodyBytes} octets`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return new TextDecoder().decode(bytes);
}

/** Types of values in errors. */
const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

/** An error of zod in the words that the configuration parser uses. */
function sentence(issue: z.core.$ZodIssue, known: readonly string[]): string {
  const name = issue.path.length === 0 ? "the body" : issue.path.join(".");
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const near = nearest(key, known);
        return `unknown key "${key}"${near === undefined ? "" : `; did you mean ${near}?`}`;
      }).join("; ");
    case "invalid_type":
      if (issue.input === undefined) return `${name} is missing`;
      return `${name} must be ${kinds[issue.expected] ?? issue.expected}, not ${JSON.stringify(issue.input)}`;
    case "invalid_value":
      return `${name} must be ${orList(issue.values.map(String))}, not ${JSON.stringify(issue.input)}`;
    case "invalid_union":
      return `${name} must be text or a list of words, not ${JSON.stringify(issue.input)}`;
    case "too_big":
      return `${name} must be ${issue.maximum} ${issue.origin === "string" ? "characters " : ""}at most`;
    case "too_small":
      return `${name} must be ${issue.minimum} ${issue.origin === "string" ? "characters " : ""}at least`;
    default:
      return `${name}: ${issue.message}`;
  }
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
