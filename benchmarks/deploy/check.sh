# The same end for all: an image goes in, comes back as it was, and is deleted. Keystone, database and store all have a part in it.
set -eu
export OS_CLOUD=sandbox
cd "$(mktemp -d)"
head -c 65536 /dev/urandom >sent
openstack image create --disk-format raw --container-format bare --file sent benchmark >/dev/null
openstack image save --file received benchmark
cmp sent received
openstack image delete benchmark
