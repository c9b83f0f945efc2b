"""python3 run.py: makes the attempts that stand on standard input, as run.mjs does, with stdlib.py."""

import json
import sys
import urllib.error

import stdlib

for attempt in json.load(sys.stdin):
    try:
        line = {
            "access_token": stdlib.access_token(
                attempt["issuer"], attempt["clientId"], attempt["scope"], attempt["ca"], attempt["cert"], attempt["key"]
            )
        }
    except urllib.error.HTTPError as refusal:
        line = {"error": json.load(refusal).get("error", ""), "message": str(refusal)}
    except OSError as failure:
        line = {"error": "", "message": repr(failure)}
    print(json.dumps(line), flush=True)
