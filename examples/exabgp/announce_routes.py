#!/usr/bin/env python3
"""An ExaBGP helper: what it prints, ExaBGP does. Prefixes to announce may be given as arguments."""

import sys
import time

prefixes = sys.argv[1:] or ["100.10.0.0/24"]

time.sleep(1)  # until the session is up
for prefix in prefixes:
    sys.stdout.write(f"announce route {prefix} next-hop self\n")
    sys.stdout.flush()

# ExaBGP starts a helper that ended anew, so stay; ExaBGP's end of the pipe closing is our end too.
while sys.stdin.readline():
    pass
