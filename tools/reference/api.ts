/** The HTTP API, from the OpenAPI document that bgpd publishes. */

import type { Content, OpenApiDocument, Operation } from "../../src/control/http/mod.ts";
import { type Block, code, type Definition, definitions, paragraph, part, sentence } from "./document.ts";

type Schema = Readonly<Record<string, unknown>>;

/** A part for each operation. The fields of a shape stand where it is answered first; later ones refer to them. */
export function apiBlocks({ paths }: OpenApiDocument): Block[] {
  const described = new Map<string, string>();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const title = `${method.toUpperCase()} ${path}`;
      const answer = Object.entries(operation.responses).find(([status]) => status.startsWith("2"))![1];
      return [
        part(title),
        paragraph(sentence(operation.summary) + (operation.security === undefined ? "" : ` ${needsRight}`)),
        ...definitions(["parameter", "meaning"], operation.parameters.map(parameter)),
        ...bodyBlocks(operation),
        { kind: "code", language: "sh", text: curlLine(path, method, operation), testedBy: exampleTest } as const,
        ...answerBlocks(title, answer, described),
      ];
    })
  );
}

const needsRight = "This request needs the control socket, or the token.";
const exampleTest = "tests/interop/api_examples_test.ts";

function parameter({ name, in: where, description }: Operation["parameters"][number]): Definition {
  return { term: name, texts: [`${where === "path" ? "in the path: " : ""}${description}`] };
}

function bodyBlocks({ requestBody }: Operation): readonly Block[] {
  if (requestBody === undefined) return [];
  const fields = fieldsOf(requestBody.content["application/json"].schema);
  return definitions(["field of the body", "meaning"], fields);
}

/** The request of the example, with `curl` over the Unix socket. */
export function curlLine(path: string, method: string, { parameters, requestBody }: Operation): string {
  const values = new Map(parameters.flatMap(({ name, example }) => example === undefined ? [] : [[name, example]]));
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? name);
  const query = parameters.filter(({ name, in: where }) => where === "query" && values.has(name))
    .map(({ name }) => `${name}=${values.get(name)}`).join("&");
  const body = requestBody?.content["application/json"].example;
  const how = method === "delete" ? "-X DELETE " : method === "post" && body === undefined ? "-X POST " : "";
  const data = body === undefined ? "" : ` -d '${JSON.stringify(body)}'`;
  const whole = `http://bgpd${url}${query === "" ? "" : `?${query}`}`;
  return `curl --unix-socket bgpd.db.sock ${how}${query === "" ? whole : `'${whole}'`}${data}`;
}

function answerBlocks(title: string, { content }: Content, described: Map<string, string>): readonly Block[] {
  const { schema, example } = content["application/json"];
  const item = schema["type"] === "array" ? schema["items"] as Schema : schema;
  const shape = JSON.stringify(item);
  const before = described.get(shape);
  if (before !== undefined) return [paragraph(`The answer has the fields of \`${before}\`.`)];
  described.set(shape, title);
  return [
    code("json", JSON.stringify(example, undefined, 2)),
    ...definitions([schema["type"] === "array" ? "field of an item" : "field", "meaning"], fieldsOf(item)),
  ];
}

/** Each field with its meaning and type; a field of an inner object has the names of both: `messages_sent.open`. */
function fieldsOf(schema: Schema, prefix = ""): Definition[] {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
  const required = (schema["required"] ?? []) as readonly string[];
  return Object.entries(properties).flatMap(([name, field]) => {
    const text = field["description"];
    const optional = required.includes(name) ? "" : ", optional";
    const standard = field["default"] === undefined ? "" : `, default ${JSON.stringify(field["default"])}`;
    const type = `${typeOf(field)}${optional}${standard}`;
    if (typeof text !== "string") throw new Error(`src/control/schema: the field ${prefix}${name} has no description`);
    const own = { term: prefix + name, texts: [text, `Type: ${type}.`] };
    const inner = field["type"] === "array" ? field["items"] as Schema : field;
    const mark = field["type"] === "array" ? "[]" : "";
    return [own, ...inner["properties"] === undefined ? [] : fieldsOf(inner, `${prefix}${name}${mark}.`)];
  });
}

function typeOf(schema: Schema): string {
  if (Array.isArray(schema["enum"])) return schema["enum"].map((word) => JSON.stringify(word)).join(", ");
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices)) return [...new Set(choices.map(typeOf))].join(" or ");
  if (Array.isArray(schema["type"])) return schema["type"].join(" or ");
  if (schema["type"] === "array") {
    const item = typeOf(schema["items"] as Schema);
    return `list of ${item.includes(" or ") ? `(${item})` : item}`;
  }
  if (schema["format"] === "date-time") return "time (ISO 8601, UTC)";
  return typeof schema["type"] === "string" ? schema["type"] : "any value";
}
