"""Clients of the Image API: they use it until a file exists, and print what failed.

    PASSWORD=... clients.py URL_OF_KEYSTONE HOST:PORT STOP_FILE     (the password of the user admin)

Four list requests each second, each on a new connection and with a token that is at most three seconds old, since
memcached hides a failure of the service's account for minutes; one upload and one download at a time, limited to 2 MiB
each second, whose content is compared.
"""

import contextlib
import hashlib
import http.client
import json
import os
import socket
import sys
import threading
import time
import urllib.request

IDENTITY, API, STOP = sys.argv[1:]
# Resolved once: the name server of the containers does not respond for a while after one of them was killed.
API = socket.gethostbyname(API.partition(":")[0]), int(API.partition(":")[2])
MIB = 1 << 20
SIZE, RATE = 120 * MIB, 2 * MIB
CHUNK = os.urandom(MIB)
IMAGE = {"disk_format": "raw", "container_format": "bare"}
JSON, OCTETS = {"Content-Type": "application/json"}, {"Content-Type": "application/octet-stream"}

counts = {kind: {"done": 0, "failed": 0} for kind in ("list", "upload", "download")}
errors = []
began = time.time()


def new_token():
    user = {"name": "admin", "domain": {"id": "default"}, "password": os.environ["PASSWORD"]}
    scope = {"project": {"name": "admin", "domain": {"id": "default"}}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    request = urllib.request.Request(f"{IDENTITY}/v3/auth/tokens", json.dumps(body).encode(), JSON)
    return urllib.request.urlopen(request, timeout=30).headers["X-Subject-Token"]


token = new_token()


def renew_token():
    global token
    while not os.path.exists(STOP):
        time.sleep(3)
        with contextlib.suppress(OSError):  # Keystone may not respond for a moment; the token is still valid
            token = new_token()


def open_response(method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(*API, timeout=120)
    headers = {"X-Auth-Token": token, **(headers or {})}
    connection.request(method, path, body, headers, encode_chunked="Transfer-Encoding" in headers)
    response = connection.getresponse()
    if response.status >= 300:
        raise OSError(f"{method} {path}: {response.status} {response.read(200)!r}")
    return connection, response


def call(method, path, body=None, headers=None):
    connection, response = open_response(method, path, body, headers)
    content = response.read()
    connection.close()
    return content


def create(name):
    return json.loads(call("POST", "/v2/images", json.dumps({"name": name, **IMAGE}), JSON))["id"]


def pace(started, size):
    time.sleep(max(0.0, size / RATE - (time.time() - started)))


def content():
    started = time.time()
    for number in range(SIZE // MIB):
        yield CHUNK
        pace(started, (number + 1) * MIB)


def list_images():
    started = time.time()
    call("GET", "/v2/images?limit=5")
    time.sleep(max(0.0, 0.25 - (time.time() - started)))


def upload():
    image = create("upload")
    call("PUT", f"/v2/images/{image}/file", content(), {**OCTETS, "Transfer-Encoding": "chunked"})
    status = json.loads(call("GET", f"/v2/images/{image}"))["status"]
    if status != "active":
        raise OSError(f"the status of the image is {status}")
    call("DELETE", f"/v2/images/{image}")


def download():
    connection, response = open_response("GET", f"/v2/images/{source}/file")
    digest, size, started = hashlib.md5(), 0, time.time()
    while True:
        data = response.read(MIB // 4)
        if not data:
            break
        digest.update(data)
        size += len(data)
        pace(started, size)
    connection.close()
    if digest.hexdigest() != expected:
        raise OSError(f"the content differs, {size} bytes")


def repeat(kind, use):
    while not os.path.exists(STOP):
        try:
            use()
            counts[kind]["done"] += 1
        except Exception as error:  # every failure counts
            counts[kind]["failed"] += 1
            errors.append(f"{time.time() - began:.0f} s, {kind}: {error!r}"[:300])
            time.sleep(0.25)


source = create("source")
call("PUT", f"/v2/images/{source}/file", CHUNK * (SIZE // MIB), OCTETS)
expected = hashlib.md5(CHUNK * (SIZE // MIB)).hexdigest()
threading.Thread(target=renew_token, daemon=True).start()
clients = [
    threading.Thread(target=repeat, args=client)
    for client in (("list", list_images), ("upload", upload), ("download", download))
]
for client in clients:
    client.start()
for client in clients:
    client.join()
call("DELETE", f"/v2/images/{source}")
print(json.dumps({"counts": counts, "errors": errors[:20]}))
