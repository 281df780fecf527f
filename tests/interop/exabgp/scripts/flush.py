#!/usr/bin/env python3
"""Sends again what was sent, and asks for what the neighbor sent: neither changes a route."""
import sys
import time


def command(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    time.sleep(1)


command("announce route 198.51.100.0/24 next-hop 192.0.2.1")
command("flush adj-rib out")
command("announce route-refresh ipv4 unicast")
command("announce route 198.51.101.0/24 next-hop 192.0.2.1")
command("version")
sys.stdin.read()
