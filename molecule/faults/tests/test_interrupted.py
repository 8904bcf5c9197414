"""An interrupted run that is repeated has the same result as a run without interruption."""

from __future__ import annotations

import time
from typing import Any, Callable

FILES = (
    "find /etc/glance /var/lib/glance /etc/systemd/system -path /var/lib/glance/images -prune -o "
    "-path /var/lib/glance/.cache -prune -o -path /var/lib/glance/image-cache -prune -o "
    "-printf '%p %y %u:%g %m %l\\n' | sort"
)
# The configuration contains the name of the host.
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


def deployment_state(controller: Any) -> dict[str, Any]:
    """Return the results of a deployment, without IDs and times, which differ between deployments."""
    check_output = controller.host.check_output
    images = controller.openstack_json("image list --long")
    return {
        "files": check_output(FILES).splitlines(),
        "content": check_output(CONTENT, controller.name).splitlines(),
        "unit": check_output(UNIT),
        "packages": check_output("dpkg --audit; dpkg-query -W 'glance*'"),
        "tables": check_output(TABLES),
        "definitions": check_output(DEFINITIONS),
        "accounts": check_output(ACCOUNTS),
        "users": [user["Name"] for user in controller.openstack_json("user list")],
        "roles": sorted(map(str, controller.openstack_json("role assignment list --names"))),
        "services": sorted((service["Name"], service["Type"]) for service in controller.openstack_json("service list")),
        "endpoints": sorted(
            tuple(service[key] for key in ("Service Name", "Interface", "URL", "Region", "Enabled"))
            for service in controller.openstack_json("endpoint list")
        ),
        "images": [{key: value for key, value in image.items() if key not in ("ID", "Project")} for image in images],
        "content of images": sorted(
            line.split()[0]
            for line in check_output("find /var/lib/glance/images -type f | xargs sha256sum").splitlines()
        ),
    }


def test_run_killed_at_each_task_converges_to_same_state(
    boot: Callable[[str], Any], converged: Any, background_run: Callable[..., Any]
) -> None:
    controller = boot("glance-killed")
    killed: list[str] = []
    while True:
        run = background_run(controller, "site")
        if not run.wait_for(lambda tasks: len(tasks) > len(killed)):
            break
        # Interrupt the task at different times: some tasks are short, others long.
        time.sleep(0.4 + 0.4 * (len(killed) % 4))
        killed.append(run.tasks[len(killed)])
        run.kill()
    assert run.wait() == 0, run.output.read_text()[-3000:]
    assert len(killed) > 8, killed
    again = controller.play("site")
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
    assert deployment_state(controller) == deployment_state(converged)


def test_database_restart_during_migration_and_locked_package_manager(
    boot: Callable[[str], Any], background_run: Callable[..., Any], converged: Any
) -> None:
    controller = boot("glance-restarted")
    lock = "f = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(f, fcntl.LOCK_EX)"
    script = f"import fcntl, time; {lock}; time.sleep(20)"
    controller.host.check_output(f'setsid python3 -c "{script}" >/dev/null 2>&1 & echo held')
    run = background_run(controller, "site")
    assert run.wait_for(lambda tasks: any("schema" in task for task in tasks)), run.output.read_text()[-3000:]
    assert controller.host.check_output(
        "timeout 60 sh -c 'until pgrep -f glance-manage.*sync; do sleep 0.05; done'; "
        "systemctl restart mariadb; echo done"
    ).endswith("done")
    run.wait()
    again = controller.play("site")
    assert again.rc == 0, again.output[-3000:]
    third = controller.play("site")
    assert (third.rc, third.changed) == (0, 0), third.output[-3000:]
    assert deployment_state(controller) == deployment_state(converged)
