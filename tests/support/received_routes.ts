/** The routes that a peer holds after these UPDATEs, as text. */
import { formatAsPath, formatCommunity, MessageType } from "../../src/message/mod.ts";
import { testContext, viewUpdate } from "./update_view.ts";

export interface ReceivedRoute {
  readonly nextHop: string | undefined;
  readonly asPath: string;
  readonly med: number | undefined;
  readonly localPref: number | undefined;
  readonly communities: readonly string[];
}

/** Routes by prefix, from all messages that came in; other types are passed over. */
export function receivedRoutes(messages: readonly { type: number; bytes: Uint8Array }[]): Map<string, ReceivedRoute> {
  const routes = new Map<string, ReceivedRoute>();
  const context = testContext();
  for (const { type, bytes } of messages) {
    if (type !== MessageType.update) continue;
    const { parts, withdrawn } = viewUpdate(bytes, context);
    for (const { prefix } of withdrawn) routes.delete(prefix);
    for (const { announced, attributes, nextHop } of parts) {
      const route = {
        nextHop,
        asPath: formatAsPath(attributes.asPath),
        med: attributes.med,
        localPref: attributes.localPref,
        communities: attributes.communities.map(formatCommunity),
      };
      for (const { prefix } of announced) routes.set(prefix, route);
    }
  }
  return routes;
}
