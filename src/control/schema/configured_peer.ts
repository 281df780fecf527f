/** A peer or network of the configuration, whether the file has it or a command added it. */

import { type Json, optionalAsn, optionalText, type Value, z } from "./schema.ts";

export const configuredPeerSchema = z.strictObject({
  peer: z.string().describe("Name of the peer"),
  remote_ip: optionalText.describe("Address or network; null: the keys that were added are not valid"),
  peer_as: optionalAsn.describe("AS of the peer; null: any"),
  description: optionalText.describe("Text of the configuration"),
  group: optionalText.describe("Groups of the configuration, separated by commas"),
  source: z.enum(["file", "command"]).describe("command: by the command line or the API"),
  toml: optionalText.describe("The keys that were added, as in [[peers]]"),
  error: optionalText.describe("Why bgpd does not use this entry"),
});

export type ConfiguredPeerJson = Json<typeof configuredPeerSchema>;
export type ConfiguredPeerView = Value<typeof configuredPeerSchema>;

/** The keys of `[[peers]]`; the parser of the configuration checks them. */
export const addPeerSchema = z.looseObject({
  remote_ip: z.string().optional().describe("Address or network; further fields are the other keys of [[peers]]"),
  interface: z.string().optional().describe(
    "Our interface, in place of remote_ip: the peer is the only neighbour there",
  ),
})
  .refine((keys) => keys.remote_ip !== undefined || keys.interface !== undefined, "remote_ip is missing, or interface");
