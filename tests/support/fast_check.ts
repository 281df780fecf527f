/** fast-check for all tests, with the seed of the tests. */

import fc from "fast-check";
import { seed } from "./seed.ts";

// Its own are 32 bits with a sign.
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: seed | 0 });

export default fc;
