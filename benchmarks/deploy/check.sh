# The final check of all tools: upload an image, download it, compare it and delete it. This uses Keystone, database and store.
set -eu
export OS_CLOUD=sandbox
cd "$(mktemp -d)"
head -c 65536 /dev/urandom >sent
openstack image create --disk-format raw --container-format bare --file sent benchmark >/dev/null
openstack image save --file received benchmark
cmp sent received
openstack image delete benchmark
