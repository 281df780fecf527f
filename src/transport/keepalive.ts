/**
 * TCP keepalive: the kernel asks an idle connection whether its other side is still there. For protocols in which this
 * side never sends, such as a station of BMP: without it, a router that lost its power would stay connected for ever.
 */

import { type Ends, findConnection, setOption, socketOption } from "./socket_options.ts";

/** Seconds without an octet until the first question, between questions, and how many stay without an answer. */
const idleSeconds = 60, betweenSeconds = 15, mostUnanswered = 4;

/** False: this system does not support it. */
export function keepAlive(connection: Ends): boolean {
  try {
    const socket = findConnection(connection);
    if (socket === undefined) return false;
    setOption(socket.fd, socketOption.keepIdle, idleSeconds);
    setOption(socket.fd, socketOption.keepInterval, betweenSeconds);
    setOption(socket.fd, socketOption.keepCount, mostUnanswered);
    setOption(socket.fd, socketOption.keepAlive, 1);
    return true;
  } catch {
    return false;
  }
}
