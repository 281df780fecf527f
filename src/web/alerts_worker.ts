/// <reference lib="deno.worker" />
/** A worker of alerts: connects an {@link AlertsHost} to the serving thread. */

import { AlertsHost } from "./alerts/alerts_host.ts";
import type { ToAlerts } from "./alerts/alert_messages.ts";

const host = new AlertsHost((message) => self.postMessage(message));

self.onmessage = (event: MessageEvent<ToAlerts>) => host.handle(event.data);
