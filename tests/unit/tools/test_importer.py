"""The output of galaxy-importer is searched for problems."""

from __future__ import annotations

from tools.importer import problems

OUTPUT = """Importing with galaxy-importer 0.4.44
Loading playbook site.yml
WARNING: Could not find playbook osops.glance.images
ERROR: Found an unknown module
Importer processing completed successfully
"""


def test_warnings_and_errors_are_problems() -> None:
    assert [line.partition(":")[0] for line in problems(OUTPUT)] == ["WARNING", "ERROR"]
    assert problems("Loading module_utils _mysql.account_warnings\n") == []
