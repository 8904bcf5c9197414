# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All images of one run: looked up together, planned and carried out a few at a time."""

from __future__ import annotations

import os
import queue
import threading
from functools import partial
from typing import Any, Callable, ContextManager, Mapping

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._content.source_options import url_secrets
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, PartialFailure, Plan
from ansible_collections.osops.glance.plugins.module_utils._core.progress import (
    VARIABLE,
    Progress,
    ended_by_signals,
    noted,
)
from ansible_collections.osops.glance.plugins.module_utils._image.api import Images, NoImages, NoProjects, Projects
from ansible_collections.osops.glance.plugins.module_utils._image.lock import UploadLock
from ansible_collections.osops.glance.plugins.module_utils._image.reconciler import ImageReconciler, RunContext
from ansible_collections.osops.glance.plugins.module_utils._image.upload import Limits
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import connect

# The options that are given once for all images, and that each needs.
SHARED = ("convert_directory", "retries", "retry_delay", "stall_timeout", "timeout")

NO_NOTES = (
    "The Image service refuses the properties osops_* in which this module records the source of an image (see "
    "property_protection_file in glance-api.conf). Without them the next run reads the whole content of src or url to "
    "compare it, unless a checksum sha512: or md5: is given; keep counts no copies"
)


class ImageBatch:
    """The images of one run."""

    @classmethod
    def predict(cls, module: AnsibleModule) -> ImageBatch:
        return PredictedImages(module)

    def __init__(self, module: AnsibleModule) -> None:
        params = module.params
        self._is_list = params["images"] is not None
        shared = {name: params[name] for name in SHARED}
        asked = [{**shared, **one} for one in params["images"]] if self._is_list else [params]
        module.no_log_values.update(secret for one in asked for secret in url_secrets(one))
        self._parallel: int = max(params["parallel"], 1)
        self._stop = threading.Event()
        self._progress = Progress(lambda _text: None)
        self._jobs = self._entered(module, asked) if asked else []
        refuse_twice(self._jobs)

    def _entered(self, module: AnsibleModule, asked: list[Mapping[str, Any]]) -> list[ImageReconciler]:
        """Enter the cloud, and return the jobs there."""
        cloud = connect(module)
        cloud.authenticate()
        self._images = Images(cloud)
        desk = self._desk(
            module,
            images=lambda: Images(cloud.for_thread(), self._images.traits),
            projects=Projects(cloud),
            project=cloud.session.get_project_id(),
            place=f"{cloud.auth_url} {cloud.region}",
        )
        return [ImageReconciler(one, desk) for one in asked]

    def _desk(self, module: AnsibleModule, **cloud: Any) -> RunContext:
        limits = Limits(**{name: module.params[name] for name in Limits._fields if name != "verify"})
        return RunContext(
            turns=UploadLock(),
            limits=limits._replace(verify=module.params["verify_content"]),
            stale_after=module.params["stale_after"],
            stop=self._stop,
            now=lambda: self._images.now,
            during=self._during,
            **cloud,
        )

    def _during(self, name: str, phase: str, size: int | None, done: Callable[[], int]) -> ContextManager[None]:
        return self._progress.during(name, phase, size, done)

    def plan(self) -> Plan:
        names = {name for job in self._jobs for name in job.names()}
        named = self._images.named(names) if names else []
        copies = self._images.retired() if any(job.wants_copies() for job in self._jobs) else []
        self._each(self._jobs, lambda job: job.plan(named, copies))
        return self._planned()

    def _planned(self) -> Plan:
        return Plan(tuple(step for job in self._jobs for step in job.steps))

    def apply(self, plan: Plan) -> Plan:
        with ended_by_signals(), noted(os.environ.get(VARIABLE)) as self._progress:
            try:
                self._each([job for job in self._jobs if job.steps and not job.error], ImageReconciler.apply)
            except BaseException:
                self._stop.set()
                for job in self._jobs:
                    job.abandon()
                raise
        return self._planned()

    def _each(self, jobs: list[ImageReconciler], action: Callable[[ImageReconciler], None]) -> None:
        """Do something with each job, a few at a time; the failure of one does not stop the others."""

        def guarded(job: ImageReconciler) -> None:
            try:
                action(job)
            except GlanceError as error:
                job.error = error

        in_parallel([partial(guarded, job) for job in jobs], self._parallel)

    def result(self, plan: Plan) -> dict[str, Any]:
        """Return what became of the images; GlanceError where one failed."""
        failed = [job for job in self._jobs if job.error]
        if failed and not self._is_list:
            raise GlanceError(str(failed[0].error)) from failed[0].error
        if failed:
            told = "\n".join(f"- {job.desired.label}: {job.error}" for job in failed)
            done = [job for job in self._jobs if job.steps and not job.error]
            result = {"changed": bool(done), "images": [summary(job) for job in self._jobs]}
            raise PartialFailure(
                f"{len(failed)} of {len(self._jobs)} images failed; the others are done:\n{told}", result
            )
        warnings = [warning for job in self._jobs for warning in job.warnings]
        if self._jobs and not self._images.traits.takes_notes:
            warnings.append(NO_NOTES)
        if not self._is_list:
            return {**self._jobs[0].result(), "warnings": warnings}
        return {"images": [summary(job) for job in self._jobs], "warnings": warnings}


def summary(job: ImageReconciler) -> dict[str, Any]:
    """Return what became of one of several images."""
    if job.error:
        return {"name": job.desired.name, "action": "fail", "error": str(job.error)}
    return {"name": job.desired.name, **{name: value for name, value in job.result().items() if name != "image"}}


def refuse_twice(jobs: list[ImageReconciler]) -> None:
    """Raise GlanceError where two images are the same one."""
    known: set[tuple[Any, ...]] = set()
    for job in jobs:
        one = (job.desired.id,) if job.desired.id else (job.owner, job.desired.name)
        if one in known:
            raise GlanceError(f"The {job.desired.label} is listed twice")
        known.add(one)


def in_parallel(tasks: list[Callable[[], None]], limit: int) -> None:
    """Do the tasks, so many at a time, and raise what the first of them raised that failed."""
    if len(tasks) < 2 or limit < 2:
        for task in tasks:
            task()
        return
    waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    for task in tasks:
        waiting.put(task)
    failures: list[BaseException] = []
    # Daemons, so that a run that is told to end need not wait for what they have begun.
    workers = [
        threading.Thread(target=_work, args=(waiting, failures), daemon=True)
        for _number in range(min(limit, len(tasks)))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]


def _work(waiting: queue.SimpleQueue[Callable[[], None]], failures: list[BaseException]) -> None:
    while not failures:
        try:
            task = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            task()
        except BaseException as error:  # it is raised again where the workers are waited for
            failures.append(error)


class PredictedImages(ImageBatch):
    """What is predicted where the cloud cannot be asked, as the host has no openstacksdk yet."""

    def _entered(self, module: AnsibleModule, asked: list[Mapping[str, Any]]) -> list[ImageReconciler]:
        self._images = NoImages()
        desk = self._desk(module, images=NoImages, projects=NoProjects(), project=None, place="")
        return [ImageReconciler(one, desk) for one in asked]
