"""my_policy.py - a policy of your own over a pipe: shortest service first.

    poise run gpu-mix-v1 -a "pipe:python3 my_policy.py" -a shortest,fifo
"""
import json
import sys

hello = json.loads(sys.stdin.readline())
assert hello["poise"] == 1, "this policy speaks version 1 of the protocol"
slow = 1e300  # for what gives no task a device: to do nothing, or worse


def attention(candidate, view):
    if candidate["act"] in ("start", "keep", "move", "book"):
        wait_s = view["group"][candidate["group"]]["backlog_s"]
        return -slow if wait_s is None else -(wait_s + candidate["service_s"])
    return -slow if candidate["act"] == "hold" else -float("inf")


for line in sys.stdin:
    view = json.loads(line)
    print(*[attention(c, view) for c in view["candidate"]], flush=True)
