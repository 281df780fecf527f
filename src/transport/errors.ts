/** Errors of sockets: each has a kind for programs and a sentence for people. */

import { splitZone } from "../types/mod.ts";
import { formatEndpoint } from "./endpoint.ts";

export type TransportErrorKind =
  /** No program listens there. */
  | "refused"
  /** No route to the address, or a router says so. */
  | "unreachable"
  /** No answer in time, to a dial or on an open connection. */
  | "timedOut"
  /** Another program listens on this address and port. */
  | "addressInUse"
  /** The local address is not one of this machine. */
  | "addressNotLocal"
  | "permission"
  /** The other side reset the connection. */
  | "reset"
  /** This side closed the connection or cancelled the dial. */
  | "closed"
  /** This kernel, platform or combination of options does not support it. */
  | "unsupported"
  /** Anything else; the sentence contains the text of the system. */
  | "other";

export class TransportError extends Error {
  override readonly name = "TransportError";

  constructor(readonly kind: TransportErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What was attempted: the sentence names it. */
export type Attempt =
  | { readonly kind: "listen"; readonly address: string; readonly port: number }
  | { readonly kind: "dial"; readonly address: string; readonly port: number; readonly localAddress?: string }
  | { readonly kind: "connection"; readonly address: string; readonly port: number };

/**
 * Converts an error of Deno, `node:net` or libc to a {@link TransportError}. All of them have the error code of the
 * system.
 */
export function transportError(attempt: Attempt, cause: unknown): TransportError {
  if (cause instanceof TransportError) return cause;
  const { zone } = splitZone(attempt.address);
  if (zone !== "" && cause instanceof Error && /lookup address|not known|No such device/.test(cause.message)) {
    return new TransportError("unreachable", `${intent(attempt)}: there is no network interface ${zone}`, { cause });
  }
  const code = errorCode(cause);
  const known = code === undefined ? undefined : describe(attempt, code);
  if (known !== undefined) return new TransportError(known.kind, known.text, { cause });
  const reason = cause instanceof Error ? cause.message : String(cause);
  const kind = cause instanceof Deno.errors.NotCapable ? "permission" : "other";
  return new TransportError(kind, `${intent(attempt)}: ${reason}`, { cause });
}

/** The error of a failed call to libc, with the error code of the system. */
export function systemError(code: string, call: string): Error {
  return Object.assign(new Error(`${call} failed with ${code}`), { code });
}

function describe(attempt: Attempt, code: string): { kind: TransportErrorKind; text: string } | undefined {
  const endpoint = formatEndpoint(attempt.address, attempt.port);
  const cannot = intent(attempt);
  switch (code) {
    case "ECONNREFUSED":
      return { kind: "refused", text: `${endpoint} refused the connection` };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
    case "ENETDOWN":
      return { kind: "unreachable", text: `${cannot}: no route to it` };
    case "ETIMEDOUT":
      return { kind: "timedOut", text: `${endpoint} did not answer in time` };
    case "EADDRINUSE":
      if (attempt.kind === "listen") return { kind: "addressInUse", text: `${endpoint} is already in use` };
      return { kind: "addressInUse", text: `${cannot}: no local port is free` };
    case "EADDRNOTAVAIL":
    case "EINVAL":
      if (attempt.kind === "listen") {
        return { kind: "addressNotLocal", text: `${cannot}: ${attempt.address} is not an address of this machine` };
      }
      if (attempt.kind === "dial" && attempt.localAddress !== undefined) {
        const text = `${cannot}: ${attempt.localAddress} is not an address of this machine`;
        return { kind: "addressNotLocal", text };
      }
      return undefined;
    case "EACCES":
    case "EPERM":
      if (attempt.kind === "listen" && attempt.port < 1024) {
        const text = `${cannot}: permission denied (ports below 1024 need root or CAP_NET_BIND_SERVICE)`;
        return { kind: "permission", text };
      }
      return { kind: "permission", text: `${cannot}: permission denied` };
    case "ECONNRESET":
    case "EPIPE":
    case "ECONNABORTED":
      return { kind: "reset", text: `${endpoint} reset the connection` };
    default:
      return undefined;
  }
}

function intent(attempt: Attempt): string {
  const endpoint = formatEndpoint(attempt.address, attempt.port);
  switch (attempt.kind) {
    case "listen":
      return `cannot listen on ${endpoint}`;
    case "dial":
      return attempt.localAddress === undefined
        ? `cannot connect to ${endpoint}`
        : `cannot connect to ${endpoint} from ${attempt.localAddress}`;
    case "connection":
      return `lost the connection with ${endpoint}`;
  }
}

function errorCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}
