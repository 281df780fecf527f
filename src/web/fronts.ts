/** Every front of the web process whose answers come from the database. The workers answer them. */

import type { Front } from "./answers/front.ts";
import { apiFront } from "./api/mod.ts";
import { bgplgdFront } from "./bgplgd/front.ts";
import { birdwatcherFront } from "./birdwatcher/front.ts";

export const fronts: readonly Front[] = [apiFront, birdwatcherFront, bgplgdFront];
