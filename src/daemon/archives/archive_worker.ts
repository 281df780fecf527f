/// <reference lib="deno.worker" />
/** The worker of an archive: connects an {@link ArchiveHost} to the main thread. */

import { ArchiveHost } from "./archive_host.ts";
import type { ToArchive } from "./archive_messages.ts";

const host = new ArchiveHost((message) => self.postMessage(message));

self.onmessage = (event: MessageEvent<ToArchive>) => host.handle(event.data);
