#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image
short_description: An image is this, content and attributes
version_added: "0.1.0"
description:
  - Brings the image of a name to a content, from a file or a URL, and to attributes; or many images, in O(images).
  - What is left out stays as it is; what is given is exact.
  - Content is sent in one pass, without a temporary file unless O(convert) asks for one, to an unfinished private
    image. Only when the service holds what was sent, byte for byte, does that image get its name and its visibility.
    Until then, the image that was there before is untouched; then O(replace) says what becomes of it.
  - A failure leaves no unfinished image behind, and what a killed run left is removed by the next one. Of several runs
    that bring an image to its content at the same time, one uploads it; the others wait, and find it there.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes
options:
  images:
    description:
      - Many images, brought to what they shall be in one run, with one token and few calls.
      - The failure of one does not stop the others; the message at the end names each that failed.
    type: list
    elements: dict
    version_added: "0.2.0"
    suboptions: &image
      name:
        description:
          - The name of the image; with O(id), the name that it shall have. It is never taken for the path of a file.
          - Hidden and community images count too. Of several images of this name, the one with the wanted content is
            meant, which is a warning.
          - An image of another project is meant only if none in O(owner) or the own project has the name. It is never
            replaced or removed.
          - One of O(name), O(id) and O(images) is required.
        type: str
      id:
        description: The ID of an image that is there. Its content is not replaced, as an ID stands for one content.
        type: str
        version_added: "0.2.0"
      state:
        description:
          - What becomes of the image.
          - V(present) leaves a deactivated image deactivated, V(active) activates it again.
          - V(absent) removes every image of the name that belongs to the project; not the retired copies, which have
            other names.
        type: str
        choices: [present, absent, active, deactivated]
        default: present
      src:
        description: A file on the host with the content.
        type: path
      url:
        description:
          - An C(http) or C(https) URL of the content; redirects to such URLs are followed. It is streamed to the
            service.
          - A download that breaks off is taken up where it broke, if the server says a date or a strong ETag and can
            send a part. A proxy is taken from the environment.
          - Without O(checksum), an image counts as unchanged if it was uploaded from the same URL, and the server still
            reports the same size and date (or ETag, if it reports no date). The request is C(HEAD), which transfers no
            content, or C(GET) where the server refuses C(HEAD), as it does for most signed URLs.
          - An account in the URL, and the signature of a URL that grants access for a while (Amazon S3 and compatible
            stores, Google, Azure, Swift, CloudFront, Alibaba), are no part of this comparison. If the rest of the query
            differs, size and ETag (or the date, if there is no ETag) must agree. Neither is recorded or printed.
        type: str
      url_username:
        description:
          - The account at the server of O(url). An account in the URL itself does the same.
          - Neither this nor O(url_password) and O(url_headers) are sent to another server, such as one that is
            redirected to.
        type: str
        version_added: "0.2.0"
      url_password:
        description: The password of O(url_username).
        type: str
        version_added: "0.2.0"
      url_headers:
        description: Further headers of the request for O(url), such as one with a token.
        type: dict
        version_added: "0.2.0"
      url_validate_certs:
        description: Whether the certificate of the server of O(url) must be valid.
        type: bool
        default: true
        version_added: "0.2.0"
      url_ca_path:
        description: A file on the host with the authorities that the certificate of that server is checked against.
        type: path
        version_added: "0.2.0"
      checksum:
        description:
          - The checksum of O(src) or O(url) as it is delivered, which is before it is decompressed or converted.
          - Either an algorithm (V(md5), V(sha1), V(sha224), V(sha256), V(sha384) or V(sha512)), a colon and the digits.
          - Or the C(http) or C(https) URL of a checksum file as mirrors publish it, such as C(SHA256SUMS), with an
            algorithm and a colon before it if the file has several. The checksum is looked up in it by the last part of
            O(src) or O(url). The signature of a signed file is not verified.
          - If the image has it, nothing is read. If the content that is uploaded has another, no image comes of it.
          - V(sha512:) and V(md5:) are known of images that were uploaded by other means, too.
        type: str
      checksum_uncompressed:
        description:
          - The checksum of the content after it is decompressed, in the same forms as O(checksum).
          - A checksum file is searched for the name without V(.gz), V(.xz), V(.bz2) or V(.zst).
        type: str
        version_added: "0.2.0"
      decompress:
        description:
          - How the content is decompressed on its way.
          - V(auto) looks at how the content begins. It leaves content in a container and RAM disks as they are.
          - V(zst) needs the program C(zstd) on the host, unless its Python brings a library for that.
        type: str
        choices: [auto, none, gz, xz, bz2, zst]
        default: auto
        version_added: "0.2.0"
      convert:
        description:
          - The disk format that the content is converted to before it is uploaded, with C(qemu-img) on the host. Ceph
            wants V(raw), for example, to make disks of it at once.
          - The whole disk needs room in O(convert_directory) meanwhile, and so does content from O(url).
        type: str
        choices: [qcow2, raw]
        version_added: "0.2.0"
      method:
        description:
          - The way in which the content comes to the service. V(upload) works everywhere.
          - V(glance-direct) sends it to where the service then imports it from, and V(web-download) has the service
            download O(url) itself. What an operator has set up for imports, such as conversion, is done then.
          - With V(web-download), the content is seen here only by its hash, so O(disk_format) must be given. Without a
            checksum, an image is taken to have the content if it was made from the same O(url).
          - With V(glance-download), the service downloads O(from_image) from the Image service of O(from_region). It
            takes over the disk format, which must be given all the same, and the properties that it is set up to take.
            As with V(web-download), the address must pass its filters (C(import_filtering_opts)).
          - A way that the service does not offer is refused before anything is created.
        type: str
        choices: [upload, glance-direct, web-download, glance-download]
        default: upload
        version_added: "0.2.0"
      from_region:
        description: The region of O(from_image), which has the same Identity service.
        type: str
        version_added: "0.2.0"
      from_image:
        description:
          - The ID of the image in O(from_region) that has the content. An image that was made from it is not made
            again, as an ID stands for one content.
        type: str
        version_added: "0.2.0"
      from_interface:
        description: By which endpoint the service reaches that of O(from_region). By the public one when left out.
        type: str
        choices: [public, internal, admin]
        version_added: "0.2.0"
      stores:
        description:
          - The stores that hold the data of the image. Data that is in the service already is copied by it (the import
            method C(copy-image)).
        type: list
        elements: str
        version_added: "0.2.0"
      all_stores:
        description: Whether every store of the service holds the data.
        type: bool
        default: false
        version_added: "0.2.0"
      all_stores_must_succeed:
        description:
          - Whether a store that the data cannot be brought to is a failure; otherwise it is a warning. The service
            itself says true when left out.
        type: bool
        version_added: "0.2.0"
      stores_mode:
        description: Whether O(stores) are all the stores that hold the data (V(exact)), or at least these (V(add)).
        type: str
        choices: [merge, replace]
        default: add
        version_added: "0.2.0"
      disk_format:
        description:
          - The format of the content, such as V(qcow2) or V(raw); detected when left out.
          - Content that is something else is refused, as are web pages, other text, archives, and disks that
            need another file, such as a qcow2 with a backing file.
        type: str
      container_format:
        description: The format of what the disk is in. New content is V(bare) when left out.
        type: str
      compare:
        description:
          - How O(src) is compared, without a checksum, with an image that was uploaded from it.
          - V(record) reads nothing if the file has the inode, the size and, to the nanosecond, the times of its last
            changes that it had then. Every write moves one of these times, and nobody can set it. A file that was
            copied, or touched, is read, and not sent if its content is the same.
          - V(hash) reads the file always. That is for hosts whose clock is set back, and for disks that are written to
            past the file system.
        type: str
        choices: [record, hash]
        default: record
        version_added: "0.2.0"
      select:
        description:
          - Which image is meant where several have the name and none the wanted content, or no content is asked for.
          - V(fail) names them all and changes nothing. V(newest) means the newest, and leaves the others alone.
        type: str
        choices: [fail, newest]
        default: fail
        version_added: "0.2.0"
      replace:
        description:
          - What becomes of an image when a new one with other content has been published in its place.
          - V(delete) removes it. It is renamed and kept if it has members; renamed and hidden if it is in use.
          - V(rotate) renames it to C(NAME (TIME)), with the time at which it was created. V(hide) hides it, too.
          - V(never) means that other content is a failure.
        type: str
        choices: [delete, rotate, hide, never]
        default: delete
        version_added: "0.2.0"
      keep:
        description:
          - How many retired copies are kept; older ones are removed, unless they are protected, in use or have members.
          - All are kept when left out.
        type: int
        version_added: "0.2.0"
      force:
        description: Whether a protected image may be removed or deleted for new content.
        type: bool
        default: false
        version_added: "0.2.0"
      visibility:
        description: Who sees the image. A new image is V(private) when left out.
        type: str
        choices: [public, private, shared, community]
      protected:
        description:
          - Whether the image is protected from removal, and so its content from being replaced if O(replace=delete).
        type: bool
      hidden:
        description: Whether the image is left out of lists.
        type: bool
      min_disk:
        description:
          - The GiB of disk that a server needs to boot the image.
          - V(auto) is as many as the disk in the content has, rounded up. Where nothing tells how many these are,
            what is set stays.
        type: str
      min_ram:
        description: The MiB of memory that a server needs to boot the image.
        type: int
      architecture:
        description: The property C(architecture), such as V(x86_64).
        type: str
        version_added: "0.2.0"
      os_distro:
        description: The property C(os_distro), such as V(debian).
        type: str
        version_added: "0.2.0"
      os_version:
        description: The property C(os_version), such as V(12).
        type: str
        version_added: "0.2.0"
      description:
        description: The property C(description), which tells people what the image is.
        type: str
        version_added: "0.2.0"
      kernel:
        description: The image of the kernel that the image boots with, by name or ID; V("") for none.
        type: str
        version_added: "0.2.0"
      ramdisk:
        description: The image of the RAM disk that the image boots with, by name or ID; V("") for none.
        type: str
        version_added: "0.2.0"
      properties:
        description:
          - Properties of the image. A V(null) removes one.
          - Numbers and booleans become strings, booleans in lower case.
        type: dict
      properties_mode:
        description:
          - What becomes of the properties that are not given.
          - V(merge) keeps them. V(replace) removes them, if O(properties) is given; the service's own (C(os_glance_*)),
            those of clients (C(owner_specified.*)) and the notes of this module stay.
        type: str
        choices: [merge, replace]
        default: merge
        version_added: "0.2.0"
      tags:
        description: The tags of the image; an empty list removes all.
        type: list
        elements: str
      tags_mode:
        description: Whether O(tags) are all the tags of the image, or come to those that it has.
        type: str
        choices: [replace, merge]
        default: replace
        version_added: "0.2.0"
      members:
        description:
          - The projects that a shared image is shared with, by ID or name; an empty list removes all.
          - Or a dictionary of projects and their states, V(accepted), V(pending) or V(rejected); C(null) for whatever
            the project itself says. Most clouds let only the project, or an administrator, set the state.
          - Needs O(visibility=shared), or an image that is shared already.
        type: raw
        version_added: "0.2.0"
      members_mode:
        description: Whether O(members) are all the members of the image, or come to those that it has.
        type: str
        choices: [replace, merge]
        default: replace
        version_added: "0.2.0"
      owner:
        description: The project that the image belongs to, by ID or name. The own project when left out.
        type: str
      owner_domain:
        description: The domain of the projects in O(owner) and O(members) that are given by name, by ID or name.
        type: str
        version_added: "0.2.0"
  <<: *image
  convert_directory:
    description: A directory on the host where O(convert) may write.
    type: path
    default: /var/tmp
    version_added: "0.2.0"
  parallel:
    description: How many images are worked on at the same time.
    type: int
    default: 2
    version_added: "0.2.0"
  timeout:
    description:
      - Seconds within which the content of an image must be in the service, all attempts together.
      - The wait for another run that has the lock of the image, one download of O(url) or of a checksum file, a
        conversion, and an import by the service are each limited to as many seconds.
      - A wait for a lock is shown in the output of the play.
    type: int
    default: 3600
  stall_timeout:
    description:
      - Seconds within which the service must take more of the content, else the attempt has failed.
      - The server of O(url) must send more within a minute, or within these seconds if they are fewer.
    type: int
    default: 300
    version_added: "0.2.0"
  retries:
    description:
      - How many more times the content is sent, from its beginning, where the service or the source has passing
        trouble. Content that arrived is not sent again, even if the answer was lost.
      - And how often a download is tried or taken up again after a failure that may pass, which is no or a broken
        connection, silence (O(stall_timeout)), and the status 408, 425, 429 and 5xx.
    type: int
    default: 3
    version_added: "0.2.0"
  retry_delay:
    description:
      - Seconds to wait before the content is sent again; longer if the service asks for that.
      - Before a download is tried again, each wait is twice as long as the one before, or as long as the server asks
        for, two minutes at most.
    type: int
    default: 5
    version_added: "0.2.0"
  verify_content:
    description:
      - Whether the hash that the service computed is compared with what was sent; its size always is, and a
        O(checksum), too.
    type: bool
    default: true
    version_added: "0.2.0"
  stale_after:
    description:
      - Seconds after which an unfinished upload of another host counts as dead, and is removed. When left out, after as
        long as that host said that it may take. One of the same host and user is known to be dead at once.
    type: int
    version_added: "0.2.0"
notes:
  - A long upload shows how far it is in the output of the play while it runs, every few seconds. Ctrl-C ends it.
  - New content is a new image with a new ID; it takes over the attributes, and the members of a shared image.
  - The property C(osops_source) notes what the image cannot show of its source. It holds no URL and no path.
    C(osops_retired) marks retired copies; snapshots that inherited it are not taken for any.
  - The locks that keep two runs on one host apart are in C(~/.ansible/osops.glance).
"""

EXAMPLES = r"""
- name: Upload CirrOS for everyone
  osops.glance.image:
    cloud: sandbox
    name: cirros
    url: https://download.cirros-cloud.net/0.6.2/cirros-0.6.2-x86_64-disk.img
    checksum: md5:c8fc807773e5354afe61036071771906
    visibility: public
    os_distro: cirros
    properties:
      hw_rng_model: virtio

- name: Upload a file, whatever its format is
  osops.glance.image:
    cloud: sandbox
    name: appliance
    src: /srv/images/appliance.img
    tags: [golden]

- name: Keep the last two versions of an image, with the date in their names
  osops.glance.image:
    cloud: sandbox
    name: golden
    src: /srv/images/golden.qcow2
    replace: rotate
    keep: 2

- name: Share an image with two projects, and with no other
  osops.glance.image:
    cloud: sandbox
    name: appliance
    visibility: shared
    members: [sales, research]

- name: Have these properties and no others
  osops.glance.image:
    cloud: sandbox
    name: appliance
    properties_mode: replace
    properties:
      hw_disk_bus: scsi
      hw_scsi_model: virtio-scsi

- name: Change attributes of an image and leave its content alone
  osops.glance.image:
    cloud: sandbox
    name: appliance
    protected: true
    properties:
      os_version: null

- name: Upload what a mirror publishes, decompressed and as a raw disk
  osops.glance.image:
    cloud: sandbox
    name: debian-13
    url: https://mirror.example.org/debian-13-generic.qcow2.xz
    checksum: https://mirror.example.org/SHA512SUMS
    convert: raw
    visibility: public

- name: Let the service download an image, into two of its stores
  osops.glance.image:
    cloud: sandbox
    name: fedora
    method: web-download
    url: https://mirror.example.org/fedora.qcow2
    disk_format: qcow2
    stores: [fast, cheap]

- name: Have an image of another region here, too
  osops.glance.image:
    cloud: sandbox
    name: debian-13
    method: glance-download
    from_region: RegionTwo
    from_image: 8d1a1bd4-8b0a-4c7c-9d5c-0f5f2a0b1c11
    disk_format: qcow2

- name: Keep an image from being used
  osops.glance.image:
    cloud: sandbox
    name: appliance
    state: deactivated

- name: Upload many images, four at a time
  osops.glance.image:
    cloud: sandbox
    parallel: 4
    images:
      - name: debian-12
        src: /srv/images/debian-12.qcow2
        visibility: public
      - name: debian-13
        src: /srv/images/debian-13.qcow2
        visibility: public
      - name: debian-10
        state: absent

- name: Remove an image, even a protected one
  osops.glance.image:
    cloud: sandbox
    name: appliance
    state: absent
    force: true
"""

RETURN = r"""
id:
  description: The ID of the image; none if there is no image, or not yet in check mode.
  type: str
  returned: success, without O(images)
image:
  description: The image as the API returns it; in check mode, as far as that can be predicted.
  type: dict
  returned: success, without O(images)
action:
  description: What became of the image.
  type: str
  returned: success, without O(images)
  sample: create
  choices: [none, create, replace, update, remove, fail]
digests:
  description: What is known of the content, by algorithm.
  type: dict
  returned: success, without O(images)
  sample: {md5: c8fc807773e5354afe61036071771906}
transfer:
  description: What was sent, how long that took, how fast it was, and in how many attempts.
  type: dict
  returned: when content was uploaded
  sample: {bytes: 12716032, seconds: 0.4, mib_s: 30.3, attempts: 1}
retired:
  description: The images that were replaced and kept, with their new names.
  type: list
  elements: dict
  returned: success, without O(images)
  sample: [{id: 8d1a1bd4-8b0a-4c7c-9d5c-0f5f2a0b1c11, name: "golden (2026-01-31T12:00:00Z)"}]
stores:
  description: The stores that hold the data of the image; none where the service has one store without a name.
  type: list
  elements: str
  returned: success, without O(images)
  sample: [fast, cheap]
removed:
  description: The IDs of the images that were removed, unfinished and retired ones included.
  type: list
  elements: str
  returned: success, without O(images)
images:
  description:
    - For each image of O(images) its RV(ignore:name) and all of the above but RV(image), in the same order.
    - Of one that failed, RV(action) is V(fail), and RV(ignore:error) says why.
  type: list
  elements: dict
  returned: with O(images), also when some of them failed
  sample: [{name: cirros, id: 8d1a1bd4-8b0a-4c7c-9d5c-0f5f2a0b1c11, action: none}]
"""

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._content.source_options import SOURCE_OPTIONS
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._image.batch import ImageBatch
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS, CloudModule

METHODS = ["upload", "glance-direct", "web-download", "glance-download"]
IMAGE_OPTIONS: dict[str, Any] = {
    **SOURCE_OPTIONS,
    "name": {"type": "str"},
    "id": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent", "active", "deactivated"], "default": "present"},
    "convert": {"type": "str", "choices": ["qcow2", "raw"]},
    "disk_format": {"type": "str"},
    "container_format": {"type": "str"},
    "method": {"type": "str", "choices": METHODS, "default": "upload"},
    "from_region": {"type": "str"},
    "from_image": {"type": "str"},
    "from_interface": {"type": "str", "choices": ["public", "internal", "admin"]},
    "stores": {"type": "list", "elements": "str"},
    "all_stores": {"type": "bool", "default": False},
    "all_stores_must_succeed": {"type": "bool"},
    "stores_mode": {"type": "str", "choices": ["merge", "replace"], "default": "merge"},
    "select": {"type": "str", "choices": ["fail", "newest"], "default": "fail"},
    "compare": {"type": "str", "choices": ["record", "hash"], "default": "record"},
    "replace": {"type": "str", "choices": ["delete", "rotate", "hide", "never"], "default": "delete"},
    "keep": {"type": "int"},
    "force": {"type": "bool", "default": False},
    "visibility": {"type": "str", "choices": ["public", "private", "shared", "community"]},
    "protected": {"type": "bool"},
    "hidden": {"type": "bool"},
    "min_disk": {"type": "str"},
    "min_ram": {"type": "int"},
    "architecture": {"type": "str"},
    "os_distro": {"type": "str"},
    "os_version": {"type": "str"},
    "description": {"type": "str"},
    "kernel": {"type": "str"},
    "ramdisk": {"type": "str"},
    "properties": {"type": "dict"},
    "properties_mode": {"type": "str", "choices": ["merge", "replace"], "default": "merge"},
    "tags": {"type": "list", "elements": "str"},
    "tags_mode": {"type": "str", "choices": ["replace", "merge"], "default": "replace"},
    "members": {"type": "raw"},
    "members_mode": {"type": "str", "choices": ["replace", "merge"], "default": "replace"},
    "owner": {"type": "str"},
    "owner_domain": {"type": "str"},
}
RULES: dict[str, Any] = {"mutually_exclusive": [("src", "url", "from_image"), ("convert", "disk_format")]}
OPTIONS: dict[str, Any] = {
    **IMAGE_OPTIONS,
    "images": {
        "type": "list",
        "elements": "dict",
        "options": IMAGE_OPTIONS,
        "required_one_of": [("name", "id")],
        **RULES,
    },
    "convert_directory": {"type": "path", "default": "/var/tmp"},
    "parallel": {"type": "int", "default": 2},
    "timeout": {"type": "int", "default": 3600},
    "stall_timeout": {"type": "int", "default": 300},
    "retries": {"type": "int", "default": 3},
    "retry_delay": {"type": "int", "default": 5},
    "verify_content": {"type": "bool", "default": True},
    "stale_after": {"type": "int"},
}


def main() -> None:
    module = CloudModule(
        argument_spec={**CLOUD_OPTIONS, **OPTIONS},
        mutually_exclusive=[*RULES["mutually_exclusive"], *(("images", name) for name in IMAGE_OPTIONS)],
        required_one_of=[("name", "id", "images")],
        supports_check_mode=True,
    )
    run(module, ImageBatch)


if __name__ == "__main__":
    main()
