/** What the serving thread and the workers of alerts say to each other. */

import type { AlertSettings } from "../../config/mod.ts";
import type { AlertsStatus } from "./register.ts";
import type { Found } from "./found.ts";

export interface AlertsOpening {
  /** `register`: it remembers and reports, and looks for most alerts; `slow`: it looks for those that take long. */
  readonly role: "register" | "slow";
  readonly database: string;
  /** Path of the web process's own database. */
  readonly memory: string;
  readonly alerts: readonly AlertSettings[];
  readonly url: string | undefined;
  readonly title: string;
  readonly version: string;
}

export type FromSlow =
  | { readonly kind: "begins"; readonly name: string }
  | { readonly kind: "found"; readonly name: string; readonly found: Found }
  | { readonly kind: "problem"; readonly name: string; readonly text: string | undefined };

export type ToAlerts = { readonly kind: "open"; readonly opening: AlertsOpening } | FromSlow;

export type FromAlerts =
  | FromSlow
  | { readonly kind: "status"; readonly status: AlertsStatus }
  | { readonly kind: "warn"; readonly text: string }
  /** A bug in bgpd. */
  | { readonly kind: "bug"; readonly text: string };
