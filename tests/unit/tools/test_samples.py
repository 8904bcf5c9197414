from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import samples

SAMPLE = """\
[DEFAULT]

#
# From glance.api
#

# What it does: a = b is not an option. (string value)
#name = <None>
# Deprecated group/name - [DEFAULT]/old_one
# Deprecated group/name - [elsewhere]/older
#renamed = 1
#renamed = 2

#
# From oslo.log
#
debug = false

[store.of.some-type]
#with-dash =
"""

SOURCE = {
    "glance/opts.py": """
import glance.async.worker
import glance.common
_api_opts = [
    (None, list(itertools.chain(glance.common.common_opts, glance.async.worker.opts))),
    profiler.list_opts()[0],
    ('formats', glance.common.formats),
]
_image_import_opts = []
""",
    "glance/common/__init__.py": """
_old = cfg.DeprecatedOpt('before', group='DEFAULT')
first = [cfg.StrOpt('one', deprecated_name='uno'), cfg.IntOpt(name='two-parts', deprecated_group='numbers')]
common_opts = first + [cfg.BoolOpt('three')]
formats = [cfg.ListOpt('disk', deprecated_opts=[_old, cfg.DeprecatedOpt('disks')])]
""",
    "glance/async/worker.py": "opts = [cfg.StrOpt('work')]\n",
}


def test_sample_is_parsed_to_sections_namespaces_and_aliases() -> None:
    assert [(str(option), option.namespace, option.aliases) for option in samples.parse_sample(SAMPLE)] == [
        ("DEFAULT/name", "glance.api", ()),
        ("DEFAULT/renamed", "glance.api", ("DEFAULT/old_one", "elsewhere/older")),
        ("DEFAULT/renamed", "glance.api", ()),
        ("DEFAULT/debug", "oslo.log", ()),
        ("store.of.some-type/with-dash", "", ()),
    ]


def test_definitions_are_parsed_from_source(tmp_path: Path) -> None:
    for name, text in SOURCE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert {str(option): option.aliases for option in samples.Package(tmp_path).defined("_api_opts")} == {
        "DEFAULT/one": ("DEFAULT/uno",),
        "DEFAULT/two_parts": ("numbers/two-parts",),
        "DEFAULT/three": (),
        "DEFAULT/work": (),
        "formats/disk": ("DEFAULT/before", "formats/disks"),
    }


def test_failed_download_is_reported_with_cause(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "ERROR: No matching distribution found for glance==1\n")

    monkeypatch.setattr(samples, "CACHE", tmp_path)
    monkeypatch.setattr(samples.subprocess, "run", refuse)
    with pytest.raises(samples.SampleError, match="(?s)Cannot download Glance 1 .* No matching distribution"):
        samples.package("1")
    assert list(tmp_path.iterdir()) == []
