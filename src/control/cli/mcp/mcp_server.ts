/**
 * The server side of the Model Context Protocol (https://modelcontextprotocol.io/specification/2025-11-25): JSON-RPC
 * 2.0, a message on each line. The official library does the same in 350 kB more and starts 50 ms later.
 */

import { argumentsFault } from "./tool_arguments.ts";
import { instructions, resources, type Tool } from "./tools.ts";

/** What became of a call: a value for the assistant, or a sentence about what went wrong. */
export type Outcome = { readonly value: Readonly<Record<string, unknown>> } | { readonly error: string };

export type Arguments = Readonly<Record<string, unknown>>;

export interface McpOptions {
  readonly version: string;
  readonly tools: readonly Tool[];
  /** Never rejects. `signal`: nobody waits for the outcome any more. */
  readonly run: (tool: Tool, given: Arguments, signal: AbortSignal) => Promise<Outcome>;
  /** Takes one message, which has no line break. */
  readonly send: (text: string) => void;
}

/** The revisions whose messages are those of this server, the newest first. */
const revisions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;

/** Characters of a message. */
const longest = 1_048_576;

type Id = string | number;

/** JSON-RPC 2.0 §5.1, and -32002 of the protocol: there is no such resource. */
class RpcError extends Error {
  constructor(readonly code: -32700 | -32600 | -32601 | -32602 | -32002, message: string) {
    super(message);
  }
}

type Params = Readonly<Record<string, unknown>>;

export class McpServer {
  readonly #options: McpOptions;
  readonly #calls = new Map<Id, AbortController>();
  readonly #answering = new Set<Promise<void>>();

  constructor(options: McpOptions) {
    this.#options = options;
  }

  /** Takes one line; the answer comes later. */
  receive(line: string): void {
    if (line.trim() === "") return;
    const answering = this.#receive(line).finally(() => this.#answering.delete(answering));
    this.#answering.add(answering);
  }

  /** Resolves when everything that was asked is answered. */
  async answered(): Promise<void> {
    while (this.#answering.size > 0) await Promise.all(this.#answering);
  }

  async #receive(line: string): Promise<void> {
    let id: Id | null = null;
    try {
      const message = readMessage(line);
      id = idOf(message);
      const { method, params = {} } = message;
      // An answer: this server asks nothing.
      if (method === undefined && ("result" in message || "error" in message)) return;
      if (typeof method !== "string") throw new RpcError(-32600, "the message has no method");
      if (!isObject(params)) throw new RpcError(-32602, "params must be an object");
      if (id === null) return this.#notified(method, params);
      const result = await this.#call(id, method, params);
      if (result !== undefined) this.#send({ id, result });
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#send({ id, error: { code: error.code, message: error.message } });
    }
  }

  #send(message: Params): void {
    this.#options.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
  }

  #notified(method: string, { requestId }: Params): void {
    if (method !== "notifications/cancelled") return;
    if (typeof requestId === "string" || typeof requestId === "number") this.#calls.get(requestId)?.abort();
  }

  /** `undefined`: the call was cancelled and gets no answer. */
  async #call(id: Id, method: string, params: Params): Promise<unknown> {
    switch (method) {
      case "initialize":
        return this.#initialized(params);
      case "ping":
        return {};
      case "tools/list":
        return { tools: this.#options.tools.map(listedTool) };
      case "tools/call":
        return await this.#callTool(id, params);
      case "resources/list":
        return { resources: resources.map(({ tool: _, ...listed }) => ({ ...listed, mimeType: "application/json" })) };
      case "resources/templates/list":
        return { resourceTemplates: [] };
      case "resources/read":
        return await this.#readResource(id, params);
      default:
        throw new RpcError(-32601, `there is no method ${method}`);
    }
  }

  #initialized({ protocolVersion }: Params): unknown {
    return {
      protocolVersion: revisions.find((revision) => revision === protocolVersion) ?? revisions[0],
      capabilities: { tools: {}, resources: {} },
      serverInfo: { name: "bgpd", title: "bgpd: the routing table of a BGP speaker", version: this.#options.version },
      instructions,
    };
  }

  async #callTool(id: Id, { name, arguments: given = {} }: Params): Promise<unknown> {
    const tool = this.#options.tools.find((each) => each.name === name);
    if (tool === undefined) throw new RpcError(-32602, `there is no tool ${JSON.stringify(name)}`);
    const fault = argumentsFault(tool, given);
    const outcome = fault === undefined
      ? await this.#run(id, tool, given as Arguments)
      : { error: `${tool.name}: ${fault}` };
    if (outcome === undefined) return undefined;
    if ("error" in outcome) return { content: [{ type: "text", text: outcome.error }], isError: true };
    return { content: [{ type: "text", text: JSON.stringify(outcome.value) }], structuredContent: outcome.value };
  }

  async #readResource(id: Id, { uri }: Params): Promise<unknown> {
    const resource = resources.find((each) => each.uri === uri);
    const tool = this.#options.tools.find(({ name }) => name === resource?.tool);
    if (tool === undefined) throw new RpcError(-32002, `there is no resource ${JSON.stringify(uri)}`);
    const outcome = await this.#run(id, tool, {});
    if (outcome === undefined) return undefined;
    const text = JSON.stringify("error" in outcome ? { error: outcome.error } : outcome.value);
    return { contents: [{ uri, mimeType: "application/json", text }] };
  }

  async #run(id: Id, tool: Tool, given: Arguments): Promise<Outcome | undefined> {
    if (this.#calls.has(id)) throw new RpcError(-32600, "another request with this id is not answered yet");
    const controller = new AbortController();
    this.#calls.set(id, controller);
    try {
      const outcome = await this.#options.run(tool, given, controller.signal);
      return controller.signal.aborted ? undefined : outcome;
    } finally {
      this.#calls.delete(id);
    }
  }
}

function listedTool({ name, title, description, input }: Tool) {
  return {
    name,
    title,
    description,
    inputSchema: input,
    annotations: { title, readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  };
}

function readMessage(line: string): Params {
  if (line.length > longest) throw new RpcError(-32600, `a message may have ${longest} characters`);
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    throw new RpcError(-32700, "the line is not JSON");
  }
  if (Array.isArray(message)) throw new RpcError(-32600, "several messages in one are not supported: send one a line");
  if (!isObject(message) || message["jsonrpc"] !== "2.0") {
    throw new RpcError(-32600, 'a message is an object with "jsonrpc": "2.0"');
  }
  return message;
}

/** `null`: a notification, which gets no answer. */
function idOf(message: Params): Id | null {
  const id = message["id"];
  if (id === undefined) return null;
  if (typeof id === "string" || typeof id === "number") return id;
  throw new RpcError(-32600, "id must be a text or a number");
}

function isObject(value: unknown): value is Params {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
