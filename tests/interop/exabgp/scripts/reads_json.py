#!/usr/bin/env python3
"""Announces a route for each route that arrives, with what the JSON says of it."""
import json
import sys

for line in sys.stdin:
    if not line.startswith("{"):
        continue
    message = json.loads(line)
    if message["type"] != "update":
        continue
    update = message["neighbor"]["message"].get("update", {})
    peer = message["neighbor"]["asn"]["peer"]
    for next_hop, routes in update.get("announce", {}).get("ipv4 unicast", {}).items():
        for route in routes:
            local_preference = update["attribute"]["local-preference"]
            sys.stdout.write(
                "announce route 198.51.100.0/24 next-hop %s community [ %d:%d ] large-community [ %d:%d:%d ]\n"
                % (next_hop, peer, local_preference, peer, len(route["nlri"]), message["neighbor"]["asn"]["local"])
            )
            sys.stdout.flush()
