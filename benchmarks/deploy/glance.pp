# Deploy the Image service with the classes of puppet-module-glance and their documented parameters.
$identity_url = 'http://controller:5000'

# MariaDB is installed; only the database and its accounts are created.
class { 'mysql::server':
  manage_config_file => false,
  package_manage     => false,
  service_manage     => false,
}
class { 'mysql::client':
  package_manage => false,
}
class { 'glance::db::mysql':
  password      => $facts['database_password'],
  host          => 'localhost',
  allowed_hosts => '%',
  # The name in MariaDB. With the module's default, utf8, each run would change the database.
  charset       => 'utf8mb3',
  collate       => 'utf8mb3_general_ci',
}

keystone_tenant { 'service':
  ensure  => present,
  enabled => true,
}
class { 'glance::keystone::auth':
  password     => $facts['service_password'],
  tenant       => 'service',
  public_url   => $facts['image_url'],
  internal_url => $facts['image_url'],
  admin_url    => $facts['image_url'],
}

class { 'glance::api::db':
  database_connection => "mysql+pymysql://glance:${facts['database_password']}@controller/glance",
}
class { 'glance::api::authtoken':
  password             => $facts['service_password'],
  project_name         => 'service',
  auth_url             => $identity_url,
  www_authenticate_uri => $identity_url,
  memcached_servers    => 'controller:11211',
  region_name          => 'RegionOne',
}
glance::backend::multistore::file { 'fs':
  filesystem_store_datadir => '/var/lib/glance/images/',
}
class { 'glance::api':
  enabled_backends => ['fs:file'],
  default_backend  => 'fs',
  public_endpoint  => $facts['public_endpoint'],
}
