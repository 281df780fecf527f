/**
 * # control/exabgp: the process API of ExaBGP
 *
 * Programs that drive ExaBGP write commands to their standard output and read messages from their standard input. This
 * folder reads those commands, and makes those messages, for `bgpd exabgp` (`cli/exabgp/`). It does no I/O.
 *
 * | file | what |
 * |---|---|
 * | `command.ts` | a line as a command |
 * | `words.ts`, `neighbors.ts` | the words of a line; the peers that a command is for |
 * | `route.ts`, `flow.ts`, `vpls.ts`, `communities.ts` | routes in ExaBGP's words, as bgpd's own |
 * | `process.ts`, `own_routes.ts`, `answers.ts`, `neighbor_text.ts` | carries out commands and answers them |
 * | `daemon.ts` | what commands ask of bgpd |
 * | `messages.ts` | what bgpd reports to a program |
 * | `text_encoder.ts`, `json_encoder.ts` | a message as text, and as JSON of version 4 or 5 |
 * | `attributes.ts`, `ext_community_words.ts` | path attributes in a message |
 * | `nlri.ts`, `flow_words.ts` | destinations in a message |
 * | `open_json.ts`, `json_text.ts` | OPENs; JSON in the form of ExaBGP |
 *
 * Start reading at `command.ts`, then `messages.ts`.
 *
 * @module
 */
export { type ApiVersion, attributesText } from "./attributes.ts";
export { type AddressedCommand, type Command, familyName, readCommand } from "./command.ts";
export type { Announcement, Daemon, OwnRow, ShownRoute } from "./daemon.ts";
export { JsonEncoder, type JsonOptions, updateJson } from "./json_encoder.ts";
export { type Json, jsonText } from "./json_text.ts";
export type { AnnouncedRoute, Direction, Encoder, Message, NegotiatedWords, Update } from "./messages.ts";
export { type Neighbor, selectedNeighbors, type Selector } from "./neighbors.ts";
export { type AnyNlri, familyWords, type NlriWords, nlriWords, type PrefixNlri, prefixWords } from "./nlri.ts";
export { ExabgpProcess, type ProcessOptions } from "./process.ts";
export type { RouteText } from "./route.ts";
export { TextEncoder } from "./text_encoder.ts";
export { WrongCommand } from "./words.ts";
