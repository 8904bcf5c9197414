#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: image
short_description: Manage Glance images
version_added: "0.1.0"
description:
  - Creates, updates, replaces and removes an image and its content, from a file or a URL; or many images, in O(images).
  - Options that are omitted leave their attribute unchanged.
  - Content is sent in one pass, without a temporary file unless O(convert) needs one, to a temporary private image. The
    image gets its name and its visibility after the service holds exactly the bytes that were sent. Until then an
    existing image is unchanged; afterwards O(replace) determines whether it is removed or kept.
  - A failed run removes its temporary image, and the next run removes that of a killed run. If several runs upload the
    same image at the same time, one of them uploads it; the others wait and then find it unchanged.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes
options:
  images:
    description:
      - A list of images, which are managed in one run, with one token and few requests.
      - The failure of one image does not stop the others; the error message lists each image that failed.
    type: list
    elements: dict
    version_added: "0.1.0"
    suboptions: &image
      name:
        description:
          - The name of the image; with O(id), its new name. It is never interpreted as the path of a file.
          - Hidden and community images are found, too. If several images have the name, the one with the desired
            content is managed, and the module returns a warning.
          - An image of another project is used only if neither the project in O(owner) nor the project of the account
            has an image of the name. It is never replaced or removed.
          - One of O(name), O(id) and O(images) is required.
        type: str
      id:
        description: The ID of an existing image. Its content cannot be replaced, as an ID identifies one content.
        type: str
        version_added: "0.1.0"
      state:
        description:
          - The desired state of the image.
          - V(present) leaves a deactivated image deactivated, V(active) reactivates it.
          - V(absent) removes all images of the name that belong to the project, but no retired copies, which have other
            names.
        type: str
        choices: [present, absent, active, deactivated]
        default: present
      src:
        description: The path of a file on the host with the content.
        type: path
      url:
        description:
          - An C(http) or C(https) URL of the content; redirects to such URLs are followed. The content is streamed to
            the service.
          - An interrupted download is resumed if the server supports ranges and sends a date or a strong ETag. A proxy
            is configured by the environment.
          - Without O(checksum), an image counts as unchanged if it was uploaded from the same URL, and the server still
            reports the same size and date (or ETag, if it reports no date). The request is C(HEAD), which transfers no
            content, or C(GET) if the server refuses C(HEAD), as it does for most signed URLs.
          - An account in the URL, and the signature of a URL that grants access for a limited time (Amazon S3 and
            compatible stores, Google, Azure, Swift, CloudFront, Alibaba), are not part of this comparison. If the rest
            of the query differs, size and ETag (or the date, if there is no ETag) must match. Neither is recorded or
            printed.
        type: str
      url_username:
        description:
          - The account on the server of O(url). An account in the URL itself has the same effect.
          - This option, O(url_password) and O(url_headers) are not sent to another server, such as the target of a
            redirect.
        type: str
        version_added: "0.1.0"
      url_password:
        description: The password of O(url_username).
        type: str
        version_added: "0.1.0"
      url_headers:
        description: Additional headers of the request for O(url), such as one with a token.
        type: dict
        version_added: "0.1.0"
      url_validate_certs:
        description: Whether the certificate of the server of O(url) must be valid.
        type: bool
        default: true
        version_added: "0.1.0"
      url_ca_path:
        description: The path of a file on the host with the CA certificates to verify that server with.
        type: path
        version_added: "0.1.0"
      checksum:
        description:
          - The checksum of O(src) or O(url) as delivered, before it is decompressed or converted.
          - Either an algorithm (V(md5), V(sha1), V(sha224), V(sha256), V(sha384) or V(sha512)), a colon and the digits.
          - Or the C(http) or C(https) URL of a checksum file of a mirror, such as C(SHA256SUMS), preceded by an
            algorithm and a colon if the file has several. The entry is the one for the last part of O(src) or O(url).
            The signature of a signed file is not verified.
          - If the image has the checksum, the content is not read. If the uploaded content has another one, the upload
            fails and no image is published.
          - V(sha512:) and V(md5:) can also be compared with images that were uploaded by other tools.
        type: str
      checksum_uncompressed:
        description:
          - The checksum of the decompressed content, in the same forms as O(checksum).
          - In a checksum file, the entry is the one for the name without V(.gz), V(.xz), V(.bz2) or V(.zst).
        type: str
        version_added: "0.1.0"
      decompress:
        description:
          - How the content is decompressed during the upload.
          - V(auto) detects the format by the first bytes. It does not decompress content in a container, or RAM disks.
          - V(zst) needs the program C(zstd) on the host, unless its Python has a library for that.
        type: str
        choices: [auto, none, gz, xz, bz2, zst]
        default: auto
        version_added: "0.1.0"
      convert:
        description:
          - The disk format to convert the content to before the upload, with C(qemu-img) on the host. Ceph, for
            example, needs V(raw) to clone disks from images.
          - O(convert_directory) needs space for the whole disk, and for the content of O(url).
        type: str
        choices: [qcow2, raw]
        version_added: "0.1.0"
      method:
        description:
          - How the content is transferred to the service. V(upload) works with every service.
          - V(glance-direct) sends it to the staging area of the service, and V(web-download) makes the service download
            O(url). The import plugins of the service, such as a conversion, are applied.
          - With V(web-download), this module does not read the content, so O(disk_format) is required. Without a
            checksum, an image counts as unchanged if it was made from the same O(url).
          - With V(glance-download), the service downloads O(from_image) from the Image service of O(from_region). It
            copies the disk format, which must be set nevertheless, and the properties that it is configured to copy. As
            with V(web-download), the URL must pass its filters (C(import_filtering_opts)).
          - A method that the service does not support is refused before any change.
        type: str
        choices: [upload, glance-direct, web-download, glance-download]
        default: upload
        version_added: "0.1.0"
      from_region:
        description: The region of O(from_image), which must use the same Identity service.
        type: str
        version_added: "0.1.0"
      from_image:
        description:
          - The ID of the image in O(from_region) with the content. An image that was made from it counts as unchanged,
            as an ID identifies one content.
        type: str
        version_added: "0.1.0"
      from_interface:
        description: The endpoint of O(from_region) that the service uses; by default the public one.
        type: str
        choices: [public, internal, admin]
        version_added: "0.1.0"
      stores:
        description:
          - The stores that hold the data of the image. The service copies existing data to them with the import method
            C(copy-image).
        type: list
        elements: str
        version_added: "0.1.0"
      all_stores:
        description: Whether every store of the service holds the data.
        type: bool
        default: false
        version_added: "0.1.0"
      all_stores_must_succeed:
        description:
          - Whether a store that the data cannot be copied to is an error; otherwise it is a warning. The default of the
            service is true.
        type: bool
        version_added: "0.1.0"
      stores_mode:
        description:
          - Whether the data is removed from stores that are not in O(stores) (V(replace)), or kept there (V(merge)).
        type: str
        choices: [merge, replace]
        default: merge
        version_added: "0.1.0"
      disk_format:
        description:
          - The format of the content, such as V(qcow2) or V(raw); by default it is detected.
          - Content of another format is refused, and so are web pages, other text, archives, and disks that need
            another file, such as a qcow2 with a backing file.
        type: str
      container_format:
        description: The container format of the content. The default for new content is V(bare).
        type: str
      compare:
        description:
          - How O(src) is compared, without a checksum, with an image that was uploaded from it.
          - V(record) does not read the file if it has the recorded inode, size and, to the nanosecond, times of the
            last changes. Every write changes one of these times, and no user can set it. A file that was copied or
            touched is read, and not sent if its content is the same.
          - V(hash) always reads the file. It is for hosts whose clock is set back, and for disks that are written to
            without the file system.
        type: str
        choices: [record, hash]
        default: record
        version_added: "0.1.0"
      select:
        description:
          - Which image is managed if several have the name, and none has the desired content or no content is set.
          - V(fail) lists them in an error and changes nothing. V(newest) selects the newest and does not change the
            others.
        type: str
        choices: [fail, newest]
        default: fail
        version_added: "0.1.0"
      replace:
        description:
          - What happens to an image after an image with other content was published in its place.
          - V(delete) removes it. If it has members, it is renamed and kept; if it is in use, it is renamed and hidden.
          - V(rotate) renames it to C(NAME (TIME)), with its creation time. V(hide) also hides it.
          - V(never) makes other content an error.
        type: str
        choices: [delete, rotate, hide, never]
        default: delete
        version_added: "0.1.0"
      keep:
        description:
          - How many retired copies are kept; older ones are removed, unless they are protected, in use or have members.
          - By default all are kept.
        type: int
        version_added: "0.1.0"
      force:
        description: Whether a protected image may be removed, or deleted to replace its content.
        type: bool
        default: false
        version_added: "0.1.0"
      visibility:
        description: Who can see the image. The default of a new image is V(private).
        type: str
        choices: [public, private, shared, community]
      protected:
        description:
          - Whether the image is protected from removal, and thus its content from replacement with O(replace=delete).
        type: bool
      hidden:
        description: Whether the image is omitted from lists.
        type: bool
      min_disk:
        description:
          - The disk size in GiB that a server needs to boot the image.
          - V(auto) is the size of the disk in the content, rounded up. If the size is unknown, the current value is
            kept.
        type: str
      min_ram:
        description: The memory in MiB that a server needs to boot the image.
        type: int
      architecture:
        description: The property C(architecture), such as V(x86_64).
        type: str
        version_added: "0.1.0"
      os_distro:
        description: The property C(os_distro), such as V(debian).
        type: str
        version_added: "0.1.0"
      os_version:
        description: The property C(os_version), such as V(12).
        type: str
        version_added: "0.1.0"
      description:
        description: The property C(description), a text for users.
        type: str
        version_added: "0.1.0"
      kernel:
        description: The name or ID of the image with the kernel to boot the image with; V("") for none.
        type: str
        version_added: "0.1.0"
      ramdisk:
        description: The name or ID of the image with the RAM disk to boot the image with; V("") for none.
        type: str
        version_added: "0.1.0"
      properties:
        description:
          - Properties of the image. A V(null) removes a property.
          - Numbers and booleans are converted to strings, booleans in lower case.
        type: dict
      properties_mode:
        description:
          - What happens to properties that are not in O(properties).
          - V(merge) keeps them. V(replace) removes them, if O(properties) is set, except those of the service
            (C(os_glance_*)), of clients (C(owner_specified.*)) and of this module.
        type: str
        choices: [merge, replace]
        default: merge
        version_added: "0.1.0"
      tags:
        description: The tags of the image; an empty list removes all.
        type: list
        elements: str
      tags_mode:
        description: Whether O(tags) replace the existing tags or are added to them.
        type: str
        choices: [replace, merge]
        default: replace
        version_added: "0.1.0"
      members:
        description:
          - The projects that a shared image is shared with, by ID or name; an empty list removes all.
          - Alternatively a dictionary of projects and their states, V(accepted), V(pending) or V(rejected); C(null)
            keeps the current state. Most clouds permit only the project, or an administrator, to set the state.
          - Requires O(visibility=shared), or an image that is already shared.
        type: raw
        version_added: "0.1.0"
      members_mode:
        description: Whether O(members) replace the existing members or are added to them.
        type: str
        choices: [replace, merge]
        default: replace
        version_added: "0.1.0"
      owner:
        description: The project that the image belongs to, by ID or name; by default the project of the account.
        type: str
      owner_domain:
        description: The domain, by ID or name, of the projects that O(owner) and O(members) specify by name.
        type: str
        version_added: "0.1.0"
  <<: *image
  convert_directory:
    description: The path of a directory on the host for the temporary files of O(convert).
    type: path
    default: /var/tmp
    version_added: "0.1.0"
  parallel:
    description:
      - How many images are processed at the same time.
      - An upload needs about 4 MiB of memory, and sends and hashes in two threads, which can use two cores.
      - On a controller with two cores, the rate of the default was the highest of 1, 2, 4 and 8 in the benchmark of the
        collection, and other clients got each response within 0.1 seconds. A larger number only saves time if the
        service has more workers and free cores, or with a slow server of O(url).
    type: int
    default: 4
    version_added: "0.1.0"
  timeout:
    description:
      - Seconds for the upload of the content of one image, including all attempts.
      - The wait for another run that has the lock of the image, one download of O(url) or of a checksum file, a
        conversion, and an import by the service are each limited to the same time.
      - A wait for a lock is shown in the output of the play.
    type: int
    default: 3600
  stall_timeout:
    description:
      - Seconds within which the service must read more of the content; otherwise the attempt fails.
      - The server of O(url) must send more data within a minute, or within this time if it is shorter.
    type: int
    default: 300
    version_added: "0.1.0"
  retries:
    description:
      - How many times the content is sent again after a temporary failure of the service or of the source. Content that
        the service has stored is not sent again, even if its response was lost.
      - Also how many times a download is tried again or resumed after a temporary failure, which is a failed or broken
        connection, no data within O(stall_timeout), or one of the status codes 408, 425, 429 and 5xx.
    type: int
    default: 3
    version_added: "0.1.0"
  retry_delay:
    description:
      - Seconds before the content is sent again; longer if the service requests it.
      - Before a download is tried again, each wait is twice as long as the previous one, or as long as the server
        requests, at most two minutes.
    type: int
    default: 5
    version_added: "0.1.0"
  verify_content:
    description:
      - Whether the hash that the service computed is compared with that of the sent content. The size and a
        O(checksum) are always compared.
    type: bool
    default: true
    version_added: "0.1.0"
  stale_after:
    description:
      - Seconds after which an unfinished upload of another host is considered stale and is removed; by default the
        limit that the other host has recorded. One of the same host and user is recognized as stale immediately.
    type: int
    version_added: "0.1.0"
notes:
  - The output of the play shows the progress of a long upload every few seconds. Ctrl-C ends the upload.
  - New content is a new image with a new ID; it inherits the attributes, and the members of a shared image.
  - The property C(osops_source) records facts about the source that the image does not show. It contains no URL and no
    path. C(osops_retired) marks retired copies; snapshots that inherited it do not count as such.
  - The lock files that serialize runs on one host are in C(~/.ansible/osops.glance).
"""

EXAMPLES = r"""
- name: Upload CirrOS for all users
  osops.glance.image:
    cloud: sandbox
    name: cirros
    url: https://download.cirros-cloud.net/0.6.2/cirros-0.6.2-x86_64-disk.img
    checksum: md5:c8fc807773e5354afe61036071771906
    visibility: public
    os_distro: cirros
    properties:
      hw_rng_model: virtio

- name: Upload a file and detect its format
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

- name: Share an image with exactly two projects
  osops.glance.image:
    cloud: sandbox
    name: appliance
    visibility: shared
    members: [sales, research]

- name: Set properties and remove all others
  osops.glance.image:
    cloud: sandbox
    name: appliance
    properties_mode: replace
    properties:
      hw_disk_bus: scsi
      hw_scsi_model: virtio-scsi

- name: Change attributes of an image without its content
  osops.glance.image:
    cloud: sandbox
    name: appliance
    protected: true
    properties:
      os_version: null

- name: Upload an image of a mirror, decompressed and as a raw disk
  osops.glance.image:
    cloud: sandbox
    name: debian-13
    url: https://mirror.example.org/debian-13-generic.qcow2.xz
    checksum: https://mirror.example.org/SHA512SUMS
    convert: raw
    visibility: public

- name: Let the service download an image into two of its stores
  osops.glance.image:
    cloud: sandbox
    name: fedora
    method: web-download
    url: https://mirror.example.org/fedora.qcow2
    disk_format: qcow2
    stores: [fast, cheap]

- name: Copy an image from another region
  osops.glance.image:
    cloud: sandbox
    name: debian-13
    method: glance-download
    from_region: RegionTwo
    from_image: 8d1a1bd4-8b0a-4c7c-9d5c-0f5f2a0b1c11
    disk_format: qcow2

- name: Deactivate an image
  osops.glance.image:
    cloud: sandbox
    name: appliance
    state: deactivated

- name: Manage images, one at a time
  osops.glance.image:
    cloud: sandbox
    parallel: 1
    images:
      - name: debian-12
        src: /srv/images/debian-12.qcow2
        visibility: public
      - name: debian-13
        src: /srv/images/debian-13.qcow2
        visibility: public
      - name: debian-10
        state: absent

- name: Remove an image, even if it is protected
  osops.glance.image:
    cloud: sandbox
    name: appliance
    state: absent
    force: true
"""

RETURN = r"""
id:
  description: The ID of the image; none if there is no image, or in check mode if it does not exist yet.
  type: str
  returned: success, without O(images)
image:
  description: The image as the API returns it; in check mode the predicted attributes.
  type: dict
  returned: success, without O(images)
action:
  description: The action on the image.
  type: str
  returned: success, without O(images)
  sample: create
  choices: [none, create, replace, update, remove, fail]
digests:
  description: The known digests of the content, by algorithm.
  type: dict
  returned: success, without O(images)
  sample: {md5: c8fc807773e5354afe61036071771906}
transfer:
  description: The sent bytes, the duration in seconds, the rate in MiB/s, and the number of attempts.
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
  description: The stores that hold the data of the image; none if the service has one store without a name.
  type: list
  elements: str
  returned: success, without O(images)
  sample: [fast, cheap]
removed:
  description: The IDs of the images that were removed, including temporary and retired ones.
  type: list
  elements: str
  returned: success, without O(images)
images:
  description:
    - For each image of O(images) its RV(ignore:name) and all of the above except RV(image), in the same order.
    - For an image that failed, RV(action) is V(fail), and RV(ignore:error) has the cause.
  type: list
  elements: dict
  returned: with O(images), also if some of them failed
  sample: [{name: cirros, id: 8d1a1bd4-8b0a-4c7c-9d5c-0f5f2a0b1c11, action: none}]
"""

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._image.argument_spec import IMAGE_OPTIONS, OPTIONS, RULES
from ansible_collections.osops.glance.plugins.module_utils._image.batch import ImageBatch
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS, CloudModule


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
