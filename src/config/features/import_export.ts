/** Which routes of a peer take part in the decision, and which routes the peer gets (RFC 8212). */

import type { ExportChoice, ImportChoice } from "../../policy/mod.ts";
import type { RibPeer } from "../../rib/mod.ts";
import { setting, type SettingTable, unless } from "../keys/key.ts";
import type { Given } from "../keys/table.ts";
import { boolean, oneOf } from "../keys/values.ts";
import { policyChoice } from "../policy/choice.ts";
import type { AsNumbers } from "./as_numbers.ts";

export interface SpeakerImportSettings {
  /** What happens to routes of an eBGP peer without import policy. */
  readonly rfc8212: "accept" | "strict";
}

export interface ImportExportSettings {
  /** Routes of the peer that take part in the decision. `choiceFor` of policy/ gives the choice for a family. */
  readonly import: ImportChoice;
  /** Routes announced to the peer, likewise. */
  readonly export: ExportChoice;
  /** The best route or nothing, or the best route of those that may go to the peer (RFC 7947 §2.3.2). */
  readonly exportSelection: "best" | "per-client";
  /** FlowSpec rules of the peer are compared with the unicast routes to their destinations (RFC 8955 §6). */
  readonly validatesFlows: boolean;
}

export const speakerImportKeys = {
  rfc8212: setting({
    type: oneOf("accept", "strict"),
    doc: "routes of eBGP peers without `import`: accept them, or exclude them from the decision (RFC 8212)",
    example: '"strict"',
    default: "accept",
    sets: { rfc8212: "reevaluates" },
  }),
} as const satisfies SettingTable;

export const importExportKeys = {
  import: setting({
    type: policyChoice(["all", "none"], "all"),
    doc: "routes of the peer that take part in the decision: all, none, or as policies decide; others are only stored",
    example: '["sane", "customer-in"]',
    defaultText: 'all, or none for eBGP peers with rfc8212 = "strict"',
    sets: { import: "reevaluates" },
  }),
  export: setting({
    type: policyChoice(["none", "local", "all"], "none"),
    doc:
      "learned routes to announce: none, local (those of our AS), all, or as policies decide; routes originated here" +
      " are announced unless a policy rejects them",
    example: '"all"',
    default: { choice: "none", names: [] },
    defaultText: '"none"',
    sets: { export: "reevaluates" },
  }),
  export_selection: setting({
    type: oneOf("best", "per-client"),
    doc: "best: the best route or nothing; per-client: the best of the routes that export accepts (RFC 7947 §2.3.2)",
    example: '"per-client"',
    defaultText: '"per-client" with `route_server_client`, else "best"',
    sets: { exportSelection: "reevaluates" },
    noEffect: (peer: ImportExportSettings) =>
      unless(peer.export !== "none", 'export is "none": only routes of our own are announced'),
  }),
  flowspec_validation: setting({
    type: boolean,
    doc:
      "take part in the decision only FlowSpec rules for destinations whose unicast route the peer has (RFC 8955 §6)",
    example: "false",
    default: true,
    sets: { validatesFlows: "reevaluates" },
  }),
} as const satisfies SettingTable;

export function readSpeakerImport({ values }: Given<typeof speakerImportKeys>): SpeakerImportSettings {
  return { rfc8212: values.rfc8212 ?? speakerImportKeys.rfc8212.default };
}

export function readImportExport(
  { values }: Given<typeof importExportKeys>,
  { rfc8212 }: SpeakerImportSettings,
  { remoteAsn, localAsn }: AsNumbers,
  isRouteServerClient: boolean,
): ImportExportSettings {
  // RFC 8212 §2: without a policy, no route of an external peer takes part in the decision.
  const isClosed = rfc8212 === "strict" && remoteAsn !== localAsn;
  return {
    import: values.import?.choice ?? (isClosed ? "none" : "all"),
    export: (values.export ?? importExportKeys.export.default).choice,
    exportSelection: values.export_selection ?? (isRouteServerClient ? "per-client" : "best"),
    validatesFlows: values.flowspec_validation ?? importExportKeys.flowspec_validation.default,
  };
}

export function importExportForRib(settings: ImportExportSettings): Partial<RibPeer> {
  const { import: taken, export: given, exportSelection, validatesFlows } = settings;
  return { import: taken, export: given, exportSelection, validatesFlows };
}
