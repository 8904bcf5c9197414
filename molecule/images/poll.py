"""Poll the Image service for images of a name.

    python3 poll.py TOKEN NAME RESULT

Each line of RESULT contains the IDs of the active public images in one response. The program ends when /srv/polled
exists.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from urllib.parse import urlencode

INTERVAL = 0.05


def main() -> None:
    token, name, result = sys.argv[1:]
    connection = http.client.HTTPConnection("controller", 9292, timeout=60)
    query = urlencode({"name": name, "visibility": "public", "status": "active"})
    with open(result, "w", encoding="utf-8", buffering=1) as file:
        while not os.path.exists("/srv/polled"):
            start = time.monotonic()
            connection.request("GET", f"/v2/images?{query}", headers={"X-Auth-Token": token})
            response = json.load(connection.getresponse())
            print(" ".join(image["id"] for image in response["images"]), file=file)
            time.sleep(max(0.0, start + INTERVAL - time.monotonic()))


if __name__ == "__main__":
    main()
