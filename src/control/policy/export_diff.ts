/**
 * Compares the export of two configurations for the best routes of the database: which routes would the new one newly
 * export to a peer, no longer export, or export with other attributes? Only policies are compared. Next hops,
 * reflection and roles are not.
 */

import { decodeAttributeSet, formatAsPath } from "../../message/mod.ts";
import type { PolicySource } from "../../policy/mod.ts";
import type { ReceivedRoutes } from "../../store/mod.ts";
import { equalOctets } from "../../types/mod.ts";
import { type DiffKind, type DiffRoute, prefixText } from "./diff.ts";
import { differences } from "./differences.ts";
import type { ExportTrial } from "./export_trial.ts";
import type { Evaluation } from "./import_trial.ts";

export interface ExportDiff {
  /** Best routes that other peers announced. */
  readonly routes: number;
  readonly counts: Readonly<Record<DiffKind, number>>;
  readonly examples: readonly DiffRoute[];
}

export interface ExportQuestion {
  readonly before: ExportTrial;
  readonly after: ExportTrial;
  /** The source of the routes of a stored peer. */
  readonly sourceOf: (peerId: number) => PolicySource;
  /** The greatest number of examples of each kind. */
  readonly limit: number;
}

/** Evaluations kept at a time. */
const keptEvaluations = 30_000;

interface Compared {
  readonly kind: DiffKind | undefined;
  readonly before: Evaluation;
  readonly after: Evaluation;
}

export function diffExport(stored: ReceivedRoutes, peerId: number, question: ExportQuestion): ExportDiff {
  const { before, after, sourceOf, limit } = question;
  const counts = { accepted: 0, rejected: 0, changed: 0 };
  const examples: DiffRoute[] = [];
  const known = new Map<string, Compared>();
  let routes = 0;
  for (const route of stored.best()) {
    // A route is never announced to the peer that announced it.
    if (route.peerId === peerId) continue;
    routes++;
    const { family, words: [w0, w1, w2, w3], length, attributeId } = route;
    const classOf = (trial: ExportTrial) =>
      trial.usesPrefix(family) ? trial.policies.prefixClasses.classOf(family, w0, w1, w2, w3, length) : 0;
    const classes = [classOf(before), classOf(after)] as const;
    const key = `${attributeId} ${route.peerId} ${family} ${classes}`;
    let compared = known.get(key);
    if (compared === undefined) {
      const wire = stored.wire(attributeId);
      const source = sourceOf(route.peerId);
      const [was, is] = [
        before.evaluate(wire, family, classes[0], source),
        after.evaluate(wire, family, classes[1], source),
      ];
      compared = { kind: kindOf(wire, was, is), before: was, after: is };
      if (known.size === keptEvaluations) known.clear();
      known.set(key, compared);
    }
    const { kind } = compared;
    if (kind === undefined || counts[kind]++ >= limit) continue;
    const wire = stored.wire(attributeId);
    examples.push({
      kind,
      prefix: prefixText(route),
      pathId: route.pathId === -1 ? null : route.pathId,
      asPath: formatAsPath(decodeAttributeSet(wire).asPath),
      reason: compared.after.reason ?? null,
      before: compared.before.accepted ? null : compared.before.reason ?? null,
      changes: kind === "changed" ? differences(compared.before.bytes ?? wire, compared.after.bytes ?? wire) : [],
    });
  }
  return { routes, counts, examples };
}

function kindOf(wire: Uint8Array, before: Evaluation, after: Evaluation): DiffKind | undefined {
  if (before.accepted !== after.accepted) return after.accepted ? "accepted" : "rejected";
  const isSame = !after.accepted || equalOctets(before.bytes ?? wire, after.bytes ?? wire);
  return isSame ? undefined : "changed";
}
