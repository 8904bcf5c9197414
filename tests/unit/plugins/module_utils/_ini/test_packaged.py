"""The comparison of configuration files with those that packages installed."""

from __future__ import annotations

from typing import Any, Mapping

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini import packaged

PATH = "/etc/glance/glance-api-uwsgi.ini"
MD5 = "0123456789abcdef0123456789abcdef"


class FakeModule:
    """A host with some programs, each with its exit status and output."""

    def __init__(self, answers: Mapping[str, tuple[int, str]]) -> None:
        self.answers = answers

    def get_bin_path(self, name: str) -> str | None:
        return f"/usr/bin/{name}" if any(command.startswith(name) for command in self.answers) else None

    def run_command(self, command: list[str], **_keywords: Any) -> tuple[int, str, str]:
        return (*self.answers[" ".join(command[:2])], "")


def dpkg(output: str) -> FakeModule:
    return FakeModule({"dpkg-query --show": (0, output)})


def rpm(status: int, output: str) -> FakeModule:
    return FakeModule({"rpm --query": (status, ""), "rpm --verify": (1, output)})


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        pytest.param(dpkg(f"\n /etc/other 0123\n {PATH} {{md5}} newconffile\n"), True, id="dpkg"),
        pytest.param(dpkg(f" {PATH} 0123456789abcdef0123456789abcdef\n"), False, id="dpkg-changed"),
        pytest.param(dpkg(" /etc/other {md5}\n\n"), False, id="dpkg-of-no-package"),
        pytest.param(rpm(0, f".......T.  c {PATH}\nS.5....T.  c /etc/other\n"), True, id="rpm"),
        pytest.param(rpm(0, f"S.5....T.  c {PATH}\n"), False, id="rpm-changed"),
        pytest.param(rpm(1, ""), False, id="rpm-of-no-package"),
        pytest.param(FakeModule({}), False, id="no-package-manager"),
        pytest.param(FakeModule({**dpkg("").answers, **rpm(0, "").answers}), True, id="rpm-on-a-host-with-dpkg"),
        pytest.param(
            FakeModule({**dpkg(f" {PATH} {{md5}}\n").answers, **rpm(1, "").answers}), True, id="dpkg-on-a-host-with-rpm"
        ),
    ],
)
def test_file_is_as_its_package_installed_it(host: FakeModule, expected: bool) -> None:
    content = b"as packaged\n"
    md5 = packaged._md5(content) or ""
    host.answers = {command: (status, out.replace("{md5}", md5)) for command, (status, out) in host.answers.items()}
    assert packaged.is_as_installed(host, PATH, content) is expected


def test_file_counts_as_changed_on_a_host_without_md5(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: Any, **_keywords: Any) -> Any:
        raise ValueError("[digital envelope routines] unsupported")

    monkeypatch.setattr(packaged.hashlib, "md5", refused)
    assert not packaged.is_as_installed(dpkg(f" {PATH} {MD5}\n"), PATH, b"as packaged\n")


def test_failure_to_run_the_package_manager_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any, **_keywords: Any) -> Any:
        raise OSError(13, "Permission denied")

    host = dpkg("")
    monkeypatch.setattr(host, "run_command", fail)
    with pytest.raises(GlanceError, match="Cannot run dpkg-query: Permission denied."):
        packaged.is_as_installed(host, PATH, b"")
