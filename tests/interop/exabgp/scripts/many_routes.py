#!/usr/bin/env python3
"""Announces five hundred routes at once, then withdraws every second one. It reads no answers."""
import sys
import time

prefixes = ["198.18.%d.%d/32" % (number // 256, number % 256) for number in range(500)]
for prefix in prefixes:
    sys.stdout.write("announce route %s next-hop 192.0.2.1\n" % prefix)
sys.stdout.flush()
time.sleep(2)
for prefix in prefixes[::2]:
    sys.stdout.write("withdraw route %s next-hop 192.0.2.1\n" % prefix)
sys.stdout.flush()
sys.stdin.read()
