/**
 * TCP MD5 signatures (RFC 2385): the kernel signs every segment with the key of the peer and drops segments without a
 * valid signature, the handshake included. On a listening socket a key belongs to an address or a network, and accepted
 * connections inherit it.
 */

import { parsePrefix, splitZone } from "../types/mod.ts";
import { TransportError } from "./errors.ts";
import { encodeSockaddr } from "./socket_address.ts";
import { type SocketHandle, socketOption, trySetOption } from "./socket_options.ts";

/** TCP_MD5SIG_MAXKEYLEN. */
export const md5KeyBytes = 80;

const prefixFlag = 1;

/**
 * Sets the key for `remote`, an address or a prefix; `undefined` removes it. Does nothing on a socket that `remote`
 * cannot reach (IPv6 peer, IPv4 socket).
 */
export function setMd5Key(socket: SocketHandle, remote: string, key: string | undefined): void {
  const signature = encodeMd5Signature(socket, remote, key);
  if (signature === undefined) return;
  const whole = !remote.includes("/");
  const code = trySetOption(socket.fd, whole ? socketOption.md5 : socketOption.md5Prefix, signature);
  if (code === undefined || (code === "ENOENT" && key === undefined)) return;
  const what = whole ? "TCP MD5" : "TCP MD5 for a network";
  throw new TransportError(
    code === "ENOPROTOOPT" ? "unsupported" : "other",
    code === "ENOPROTOOPT"
      ? `this kernel has no ${what}, which the password_file of ${remote} needs`
      : `the kernel refused the TCP MD5 key of ${remote}: ${code}`,
  );
}

/** `struct tcp_md5sig`: address (128), flags, prefix length, key length (2), interface (4), key (80). */
function encodeMd5Signature(
  socket: SocketHandle,
  remote: string,
  key: string | undefined,
): Uint8Array<ArrayBuffer> | undefined {
  const prefix = parsePrefix(splitZone(remote).address);
  if (prefix === undefined) throw new TransportError("unsupported", `${remote} is neither an address nor a prefix`);
  const secret = new TextEncoder().encode(key ?? "");
  if (key !== undefined && (secret.length === 0 || secret.length > md5KeyBytes)) {
    const text = `the password of ${remote} has ${secret.length} octets, TCP MD5 takes 1 to ${md5KeyBytes}`;
    throw new TransportError("unsupported", text);
  }
  const address = encodeSockaddr(socket.family, remote.split("/")[0]!, 0);
  if (address === undefined) return undefined;
  const bytes = new Uint8Array(216);
  const view = new DataView(bytes.buffer);
  bytes.set(address);
  if (remote.includes("/")) {
    bytes[128] = prefixFlag;
    bytes[129] = prefix.length;
  }
  view.setUint16(130, secret.length, true);
  bytes.set(secret, 136);
  return bytes;
}
