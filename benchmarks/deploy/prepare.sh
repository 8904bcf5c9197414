# Install the requirements of all tools, in addition to MariaDB, memcached and Keystone. This is not measured.
set -eu
export DEBIAN_FRONTEND=noninteractive

# No timer must run during a measurement.
systemctl disable --quiet --now apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer man-db.timer e2scrub_all.timer 2>/dev/null || true

# A worker of Keystone takes seconds of CPU time to start, and Debian starts eight. With two, the load ends soon after the boot.
# The log is emptied, so that it shows when both have started.
sed -i 's/^processes *=.*/processes = 2/' /etc/keystone/keystone-uwsgi.ini
systemctl stop keystone
: >/var/log/keystone/keystone.log

# SSH access, the tools, and an SDK for openstack.cloud: Debian's version is too old.
apt-get install -qq --no-install-recommends openssh-server python3-venv puppet puppet-module-glance crudini
python3 -m venv /opt/openstacksdk
/opt/openstacksdk/bin/pip install --quiet openstacksdk==4.14.0

# Download the packages, so that the network does not affect the measurement.
printf 'APT::Keep-Downloaded-Packages "true";\n' >/etc/apt/apt.conf.d/99keep
apt-get install -qq --download-only glance-api
apt-get install -qq --download-only --no-install-recommends glance-api python3-pymysql python3-openstackclient

# The credentials file of puppet-module-keystone. The module writes it itself if it installs Keystone.
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
