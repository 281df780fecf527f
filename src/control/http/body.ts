/** The body of a request: short, JSON, and of the shape the route wants. */

import { ControlError } from "../target.ts";
import { parseBody, type z } from "./schemas.ts";

const maxBytes = 65_536;

/** An empty body is an empty object. Throws {@link ControlError}. */
export async function readBody(request: Request, schema: z.ZodType): Promise<unknown> {
  const text = await readText(request);
  let value: unknown;
  try {
    value = text.trim() === "" ? {} : JSON.parse(text);
  } catch (error) {
    throw new ControlError("wrong", `the body is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const result = parseBody(schema, value);
  if (result.kind === "wrong") throw new ControlError("wrong", result.reason);
  return result.value;
}

async function readText(request: Request): Promise<string> {
  if (request.body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > maxBytes) throw new ControlError("wrong", `the body is longer than ${maxBytes} octets`);
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
