# The commands of the installation guide in order. They can run only once, because they do not check the current state.
set -eu
export DEBIAN_FRONTEND=noninteractive OS_CLOUD=sandbox

mysql <<EOF
CREATE DATABASE glance;
GRANT ALL PRIVILEGES ON glance.* TO 'glance'@'localhost' IDENTIFIED BY '$DATABASE_PASSWORD';
GRANT ALL PRIVILEGES ON glance.* TO 'glance'@'%' IDENTIFIED BY '$DATABASE_PASSWORD';
EOF

openstack project create --domain default --description "Service Project" service
openstack user create --domain default --password "$SERVICE_PASSWORD" glance
openstack role add --project service --user glance admin
openstack service create --name glance --description "OpenStack Image" image
openstack endpoint create --region RegionOne image public "$IMAGE_URL"
openstack endpoint create --region RegionOne image internal "$IMAGE_URL"
openstack endpoint create --region RegionOne image admin "$IMAGE_URL"

apt-get install -y glance-api

# The reader has an editor; one call that brings all the options is as near as a script comes.
crudini --merge /etc/glance/glance-api.conf <<EOF
[DEFAULT]
enabled_backends = fs:file
public_endpoint = $PUBLIC_ENDPOINT
[database]
connection = mysql+pymysql://glance:$DATABASE_PASSWORD@controller/glance
[keystone_authtoken]
www_authenticate_uri = http://controller:5000
auth_url = http://controller:5000
memcached_servers = controller:11211
auth_type = password
project_domain_name = Default
user_domain_name = Default
project_name = service
username = glance
password = $SERVICE_PASSWORD
region_name = RegionOne
[paste_deploy]
flavor = keystone
[glance_store]
default_backend = fs
[fs]
filesystem_store_datadir = /var/lib/glance/images/
EOF

su -s /bin/sh -c "glance-manage db_sync" glance
systemctl restart glance-api
