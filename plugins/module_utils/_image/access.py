# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access to the cloud, and the import of the code that needs it while Keystone answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, NamedTuple

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._openstack.client import connect

if TYPE_CHECKING:
    from ansible_collections.osops.glance.plugins.module_utils._image.api import ImageApi
    from ansible_collections.osops.glance.plugins.module_utils._image.projects import Projects


class CloudAccess(NamedTuple):
    """Access to the cloud.

    api: the API for the main thread.
    thread_api: returns the API for another thread.
    project: the ID of the project of the account.
    name: identifies the cloud.
    """

    api: ImageApi
    thread_api: Callable[[], ImageApi]
    projects: Projects
    project: str | None
    name: str


def cloud_access(module: AnsibleModule, seconds: float | None = None) -> CloudAccess:
    """Return the access to the cloud of the module's options; raise GlanceError if authentication fails.

    seconds: the limit for all requests together; None if only each request has a limit.
    """
    cloud = connect(module, seconds)
    cloud.authenticate(meanwhile=import_comparison if module.check_mode else import_processing)
    from ansible_collections.osops.glance.plugins.module_utils._image.api import image_api
    from ansible_collections.osops.glance.plugins.module_utils._image.projects import CloudProjects

    api = image_api(cloud)
    return CloudAccess(
        api=api,
        thread_api=lambda: image_api(cloud.for_thread(), api.traits),
        projects=CloudProjects(cloud),
        project=cloud.session.get_project_id(),
        name=f"{cloud.auth_url} {cloud.region}",
    )


def predicted_access(_module: AnsibleModule) -> CloudAccess:
    """Return the access for a prediction without openstacksdk, which assumes that nothing exists."""
    from ansible_collections.osops.glance.plugins.module_utils._image.api import absent_image_api
    from ansible_collections.osops.glance.plugins.module_utils._image.projects import PredictedProjects

    return CloudAccess(absent_image_api(), absent_image_api, PredictedProjects(), None, "")


def import_comparison() -> None:
    """Import the code that compares images with their desired state."""
    from ansible_collections.osops.glance.plugins.module_utils._image import reconciler  # noqa: F401


def import_processing() -> None:
    """Import the code that compares and changes images."""
    from ansible_collections.osops.glance.plugins.module_utils._image import executor, publisher  # noqa: F401

    import_comparison()
