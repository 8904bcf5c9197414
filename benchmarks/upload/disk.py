"""Write an incompressible raw disk with a partition table and random data, and print its SHA-512.

python disk.py PATH MIB
"""

import hashlib
import os
import struct
import sys

PIECE = 2**20
path, pieces = sys.argv[1], int(sys.argv[2])
# One partition from the first MiB to the end, without CHS addresses.
entry = struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", 2048, pieces * PIECE // 512 - 2048)
record = bytes(446) + entry + bytes(48) + b"\x55\xaa"
digest = hashlib.sha512()
with open(path, "wb") as disk:
    for number in range(pieces):
        piece = os.urandom(PIECE) if number else record + os.urandom(PIECE - len(record))
        digest.update(piece)
        disk.write(piece)
print(digest.hexdigest())
