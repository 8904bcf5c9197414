"""A client that looks for an image by its name, again and again.

    python3 poll.py TOKEN NAME RESULT

Each line of RESULT has the IDs of the active public images that one look found. The end is when /srv/polled is there.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from urllib.parse import urlencode

EVERY = 0.05


def main() -> None:
    token, name, result = sys.argv[1:]
    connection = http.client.HTTPConnection("controller", 9292, timeout=60)
    query = urlencode({"name": name, "visibility": "public", "status": "active"})
    with open(result, "w", encoding="utf-8", buffering=1) as file:
        while not os.path.exists("/srv/polled"):
            began = time.monotonic()
            connection.request("GET", f"/v2/images?{query}", headers={"X-Auth-Token": token})
            answer = json.load(connection.getresponse())
            print(" ".join(image["id"] for image in answer["images"]), file=file)
            time.sleep(max(0.0, began + EVERY - time.monotonic()))


if __name__ == "__main__":
    main()
