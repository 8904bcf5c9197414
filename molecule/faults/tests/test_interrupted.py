"""A run that is ended in the middle, and started again, leads to what an undisturbed run leads to."""

from __future__ import annotations

import time
from typing import Any, Callable

FILES = (
    "find /etc/glance /var/lib/glance /etc/systemd/system -path /var/lib/glance/images -prune -o "
    "-path /var/lib/glance/.cache -prune -o -path /var/lib/glance/image-cache -prune -o "
    "-printf '%p %y %u:%g %m %l\\n' | sort"
)
# The name by which the other hosts know this one stands in its configuration.
CONTENT = "for file in $(find /etc/glance -type f | sort); do echo $file $(sed s/%s/HOST/ $file | sha256sum); done"
UNIT = "systemctl show glance-api -p LoadState,UnitFileState,ActiveState"
TABLES = "mysql -N glance -e 'SHOW TABLES'"
DEFINITIONS = (
    "mysql -N glance -e 'SELECT namespace FROM metadef_namespaces ORDER BY 1; "
    "SELECT name FROM metadef_properties ORDER BY 1; SELECT name FROM metadef_objects ORDER BY 1'"
)
ACCOUNTS = (
    "for host in localhost %; do mysql -N -e \"SHOW GRANTS FOR 'glance'@'$host'\"; done; "
    "mysql -N -e 'SHOW CREATE DATABASE glance; SELECT * FROM glance.alembic_version'"
)


def state_of(controller: Any) -> dict[str, Any]:
    """Return all that a deployment leads to, without the numbers and the times that differ from one to another."""
    said = controller.host.check_output
    images = controller.ask("image list --long")
    return {
        "files": said(FILES).splitlines(),
        "content": said(CONTENT, controller.name).splitlines(),
        "unit": said(UNIT),
        "packages": said("dpkg --audit; dpkg-query -W 'glance*'"),
        "tables": said(TABLES),
        "definitions": said(DEFINITIONS),
        "accounts": said(ACCOUNTS),
        "users": [user["Name"] for user in controller.ask("user list")],
        "roles": sorted(map(str, controller.ask("role assignment list --names"))),
        "services": sorted((one["Name"], one["Type"]) for one in controller.ask("service list")),
        "endpoints": sorted(
            tuple(one[key] for key in ("Service Name", "Interface", "URL", "Region", "Enabled"))
            for one in controller.ask("endpoint list")
        ),
        "images": [{key: value for key, value in image.items() if key not in ("ID", "Project")} for image in images],
        "content of images": sorted(
            line.split()[0] for line in said("find /var/lib/glance/images -type f | xargs sha256sum").splitlines()
        ),
    }


def test_run_that_is_killed_at_each_of_its_tasks_ends_as_an_undisturbed_one(
    boot: Callable[[str], Any], undisturbed: Any, disturbed: Callable[..., Any]
) -> None:
    controller = boot("glance-killed")
    killed: list[str] = []
    while True:
        run = disturbed(controller, "site")
        if not run.wait_for(lambda tasks: len(tasks) > len(killed)):
            break
        # Into the middle of what the task does: some are short, some take long.
        time.sleep(0.4 + 0.4 * (len(killed) % 4))
        killed.append(run.tasks[len(killed)])
        run.kill()
    assert run.end() == 0, run.output.read_text()[-3000:]
    assert len(killed) > 12, killed
    again = controller.play("site")
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
    assert state_of(controller) == state_of(undisturbed)


def test_database_restarted_in_the_migration_and_a_lock_that_somebody_else_holds(
    boot: Callable[[str], Any], disturbed: Callable[..., Any], undisturbed: Any
) -> None:
    controller = boot("glance-restarted")
    takes = "f = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(f, fcntl.LOCK_EX)"
    holds = f"import fcntl, time; {takes}; time.sleep(20)"
    controller.host.check_output(f'setsid python3 -c "{holds}" >/dev/null 2>&1 & echo held')
    run = disturbed(controller, "site")
    assert run.wait_for(lambda tasks: any("schema" in task for task in tasks)), run.output.read_text()[-3000:]
    assert controller.host.check_output(
        "timeout 60 sh -c 'until pgrep -f glance-manage.*sync; do sleep 0.05; done'; "
        "systemctl restart mariadb; echo done"
    ).endswith("done")
    run.end()
    again = controller.play("site")
    assert again.rc == 0, again.output[-3000:]
    third = controller.play("site")
    assert (third.rc, third.changed) == (0, 0), third.output[-3000:]
    assert state_of(controller) == state_of(undisturbed)
