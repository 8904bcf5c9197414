# What all contestants find beside MariaDB, memcached and Keystone. Nothing of it is measured, and all have all of it.
set -eu
export DEBIAN_FRONTEND=noninteractive

# Nothing may start by itself while others are measured.
systemctl disable --quiet --now apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer man-db.timer e2scrub_all.timer 2>/dev/null || true

# A worker of Keystone takes seconds of a processor to start, and Debian starts eight of them. With two, a host is quiet soon
# after it has booted; its log, which begins anew, tells when.
sed -i 's/^processes *=.*/processes = 2/' /etc/keystone/keystone-uwsgi.ini
systemctl stop keystone
: >/var/log/keystone/keystone.log

# The way in, the tools of the contestants, and for the usual playbook an SDK that openstack.cloud takes: Debian's is too old.
apt-get install -qq --no-install-recommends openssh-server python3-venv puppet puppet-module-glance crudini
python3 -m venv /opt/openstacksdk
/opt/openstacksdk/bin/pip install --quiet openstacksdk==4.14.0

# The packages themselves come from the disk, so that the network is not what is measured.
printf 'APT::Keep-Downloaded-Packages "true";\n' >/etc/apt/apt.conf.d/99keep
apt-get install -qq --download-only glance-api
apt-get install -qq --download-only --no-install-recommends glance-api python3-pymysql python3-openstackclient

# Where puppet-module-keystone looks for the administrator: it writes this itself where it made Keystone.
mkdir -p /etc/openstack/puppet
cat >/etc/openstack/puppet/admin-clouds.yaml <<EOF
clouds:
  project:
    auth:
      auth_url: $IDENTITY_URL
      username: admin
      password: $ADMIN_PASSWORD
      user_domain_name: Default
      project_name: admin
      project_domain_name: Default
    identity_api_version: 3
    region_name: RegionOne
  system:
    auth:
      auth_url: $IDENTITY_URL
      username: admin
      password: $ADMIN_PASSWORD
      user_domain_name: Default
      system_scope: all
    identity_api_version: 3
    region_name: RegionOne
EOF
chmod 0600 /etc/openstack/puppet/admin-clouds.yaml
