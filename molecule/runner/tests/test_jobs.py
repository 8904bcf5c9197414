"""Jobs on one host: first on the host without the service, then on the deployed host."""

from __future__ import annotations

from typing import Any, Callable, Iterable

import pytest
from controllers import Controller, differences, encodings, host_state

UPLOAD = "Manage the images"
STATUS = "openstack --os-cloud sandbox image list --long -f value -c Name -c Status"


def test_check_job_predicts_and_changes_nothing(job: Callable[..., Any], host: Any) -> None:
    before = host_state(host)
    checked = job("site", {}, "--check", "--diff")
    assert checked.status == "successful", checked.output[-3000:]
    assert checked.changed >= 8
    assert not host.package("glance-api").is_installed
    assert differences(before, host_state(host)) == []


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"glance_api_workers": "many"}, "glance_api_workers must be an integer"),
        ({"glance_api_backup": "maybe"}, "glance_api_backup must be"),
        ({"glance_images": "[{name: x"}, "glance_images must be"),
        ({"glance_region": "{{ region }}"}, "glance_region contains a template that was not rendered"),
        ({"glance_service_password": ""}, "glance_service_password is not set"),
        ({"glance_service_password": "p\n"}, "glance_service_password ends with a newline"),
    ],
)
def test_wrong_answer_is_refused_by_name(
    job: Callable[..., Any], answers: dict[str, Any], message: str, host: Any
) -> None:
    refused = job("site", answers)
    assert (refused.status, refused.changed) == ("failed", 0)
    assert message in refused.words
    assert not host.package("glance-api").is_installed


def test_job_deploys_from_the_answers_of_a_survey(
    job: Callable[..., Any], host: Any, controller: Controller, survey_answers: dict[str, Any]
) -> None:
    host.check_output("truncate -s 8M /srv/survey.raw")
    deployed = job("site", survey_answers)
    assert deployed.status == "successful", deployed.output[-3000:]
    config = host.check_output("cat /etc/glance/glance-api.conf")
    assert "\nworkers = 2\n" in config
    assert "\nimage_member_quota = 64\n" in config
    assert "\nmemcached_servers = controller:11211\n" in config
    assert host.check_output(STATUS) == "survey active"
    assert {event["event"] for event in deployed.events} >= {"playbook_on_start", "runner_on_ok", "playbook_on_stats"}
    summary = deployed.summary
    assert set(summary["hosts"][controller.name]["changed"]) >= {"install", "configure", "database", "identity"}
    assert summary["hosts"][controller.name]["remaining"] == {}
    assert summary["hosts"][controller.name]["version"] in host.check_output("dpkg-query -W glance-api")
    identifier = host.check_output("openstack --os-cloud sandbox image show survey -f value -c id")
    assert summary["images"] == [{"name": "survey", "id": identifier}]
    catalog = host.check_output("openstack --os-cloud sandbox endpoint list --service image -f value -c URL")
    assert set(summary["endpoints"].values()) == set(catalog.split())


def test_next_job_changes_nothing_also_with_cached_facts(
    job: Callable[..., Any], survey_answers: dict[str, Any]
) -> None:
    again = job("site", survey_answers, fact_cache="facts")
    third = job("site", survey_answers, fact_cache="facts")
    assert (again.status, again.changed) == ("successful", 0), again.output[-3000:]
    assert (third.status, third.changed) == ("successful", 0), third.output[-3000:]
    assert third.summary == again.summary
    assert [(host["changed"], host["remaining"]) for host in third.summary["hosts"].values()] == [({}, {})]
    assert UPLOAD not in third.tasks


def test_check_job_finds_drift(
    job: Callable[..., Any], host: Any, controller: Controller, survey_answers: dict[str, Any]
) -> None:
    in_sync = job("site", survey_answers, "--check", "--diff")
    assert (in_sync.status, in_sync.changed) == ("successful", 0), in_sync.output[-3000:]
    host.check_output("sed -i 's/^image_member_quota = 64/image_member_quota = 65/' /etc/glance/glance-api.conf")
    drift = job("site", survey_answers, "--check", "--diff")
    assert drift.status == "successful", drift.output[-3000:]
    assert drift.changed >= 1
    assert drift.summary["hosts"][controller.name]["changed"] == {}
    assert drift.summary["hosts"][controller.name]["remaining"]["configure"] == "updated DEFAULT/image_member_quota"
    assert "image_member_quota = 65" in host.check_output("cat /etc/glance/glance-api.conf")
    repaired = job("site", survey_answers)
    assert repaired.changed >= 1
    assert "\nimage_member_quota = 64\n" in host.check_output("cat /etc/glance/glance-api.conf")


def test_limit_and_tags_are_honoured(
    job: Callable[..., Any], controller: Controller, survey_answers: dict[str, Any]
) -> None:
    changed = {**survey_answers, "glance_config": {"DEFAULT": {"image_member_quota": 66}}}
    images = job("site", changed, tags="images")
    assert (images.status, images.changed) == ("successful", 0), images.output[-3000:]
    assert "configure" in images.summary["hosts"][controller.name]["remaining"]
    configured = job("site", changed, skip_tags="images", limit=controller.name)
    assert configured.status == "successful", configured.output[-3000:]
    assert configured.changed >= 1
    assert UPLOAD not in configured.tasks
    assert configured.hosts == [controller.name]


def test_verify_and_images_are_jobs_of_their_own(job: Callable[..., Any], survey_answers: dict[str, Any]) -> None:
    verified = job("verify", survey_answers)
    assert verified.status == "successful", verified.output[-3000:]
    assert verified.summary["uploads"][0]["bytes"] > 0
    assert "bytes uploaded, downloaded, compared and deleted" in verified.words
    images = job("images", survey_answers)
    assert (images.status, images.changed) == ("successful", 0), images.output[-3000:]
    refused = job("images", {**survey_answers, "glance_images": '[{"name": "x", "disk_formt": "raw"}]'})
    assert refused.status == "failed"
    assert "did you mean disk_format?" in refused.words


def progress_of(events: Iterable[dict[str, Any]]) -> list[str]:
    """Return the events that show the progress of an upload."""
    return [event["stdout"] for event in events if "big: " in event.get("stdout", "") and "%" in event["stdout"]]


def test_canceled_upload_leaves_no_image(job: Callable[..., Any], host: Any) -> None:
    host.check_output("truncate -s 3G /srv/big.raw")
    answers = {"glance_images": [{"name": "big", "src": "/srv/big.raw", "disk_format": "raw"}]}
    canceled = job("images", answers, is_canceled=lambda events: bool(progress_of(events)))
    assert canceled.status == "canceled"
    assert progress_of(canceled.events)
    host.check_output(f"timeout 120 sh -c 'while {STATUS} | grep --quiet big; do sleep 2; done'")
    host.check_output("truncate -s 1M /srv/big.raw")
    uploaded = job("images", answers)
    assert uploaded.status == "successful", uploaded.output[-3000:]
    assert "big active" in host.check_output(STATUS).splitlines()


def test_remove_job_keeps_data_for_the_text_false(job: Callable[..., Any], host: Any) -> None:
    predicted = job("remove", {"glance_remove_data": "false"}, "--check")
    assert predicted.summary == {"removed": [], "dumps": []}
    removed = job("remove", {"glance_remove_data": "false"})
    assert removed.status == "successful", removed.output[-3000:]
    assert not host.package("glance-api").is_installed
    assert host.file("/var/lib/glance/images").is_directory
    (dump,) = removed.summary["dumps"]
    assert host.file(dump).is_file
    assert removed.summary["removed"] == removed.hosts


def test_artifacts_contain_no_secret(
    job: Callable[..., Any], artifacts: list[Any], secrets: list[str], survey_answers: dict[str, Any]
) -> None:
    """The verbosity is the highest that AWX offers without the debugging of connections."""
    passwords = {"glance_database_password": "d4ta{{b}}'\"é$", "glance_service_password": "s3rvice%p/@"}
    verbose = job("site", {**survey_answers, **passwords}, "--diff", verbosity=4)
    assert verbose.status == "successful", verbose.output[-3000:]
    forms = {form for secret in [*secrets, *passwords.values()] for form in encodings(secret)}
    files = [path for folder in artifacts for path in (folder / "artifacts").rglob("*") if path.is_file()]
    assert len(files) > 200
    assert [path for path in files if any(form in path.read_text(errors="replace") for form in forms)] == []
