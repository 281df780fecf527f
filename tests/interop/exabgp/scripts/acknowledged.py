#!/usr/bin/env python3
"""Waits for the answer to each command before the next one, and goes on after an error."""
import sys


def command(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return sys.stdin.readline().strip()


answers = [
    command("announce route 198.51.100.0/24 next-hop 192.0.2.1"),
    command("announce route 198.51.100.0/33 next-hop 192.0.2.1"),
    command("no such command"),
    command("announce route 198.51.101.0/24 next-hop 192.0.2.1 med 7"),
    command("# a comment"),
]
if answers == ["done", "error", "error", "done", "done"]:
    command("announce route 203.0.113.1/32 next-hop 192.0.2.1 community [ 65000:1 ]")
else:
    command("announce route 203.0.113.2/32 next-hop 192.0.2.1")
sys.stdin.readline()
