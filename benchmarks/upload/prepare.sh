# Install all clients in one environment on a controller with an Image service. This is not measured.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get install -qq --no-install-recommends curl python3-venv time >/dev/null

# The newest SDK that openstack.cloud supports, and the newest clients that support this SDK.
python3 -m venv /opt/clients
/opt/clients/bin/pip install --quiet --disable-pip-version-check \
    "ansible-core==$ANSIBLE_CORE" openstacksdk==4.14.0 python-openstackclient python-glanceclient

# The interpreter of the modules. It measures the module separately from the rest of Ansible.
cat >/opt/clients/bin/timed-python <<'EOF2'
#!/bin/sh
exec time --append --output=/opt/clients/tasks --format='%e %U %S %M' /opt/clients/bin/python "$@"
EOF2
chmod 0755 /opt/clients/bin/timed-python

# glance and curl do not read clouds.yaml.
umask 077
/opt/clients/bin/python >/opt/clients/openrc <<'EOF2'
import shlex, yaml

with open("/etc/openstack/clouds.yaml") as clouds:
    cloud = yaml.safe_load(clouds)["clouds"]["sandbox"]
for name, value in {**cloud["auth"], "region_name": "RegionOne", "identity_api_version": "3"}.items():
    print(f"export OS_{name.upper()}={shlex.quote(value)}")
EOF2
mkdir -p /opt/clients/disks
