"""Compare an image with the uploaded file, print its ID, and remove it.

python check.py NAME BYTES SHA512
"""

import sys

import openstack

name, size, digest = sys.argv[1], int(sys.argv[2]), sys.argv[3]
images = openstack.connect(cloud="sandbox").image
found = list(images.images(name=name))
current = [(image.status, image.size, image.hash_algo, image.hash_value) for image in found]
for image in found:
    images.delete_image(image.id)
if current != [("active", size, "sha512", digest)]:
    sys.exit(f"expected one active image of {size} bytes with the SHA-512 {digest}, found {current}")
print(found[0].id)
