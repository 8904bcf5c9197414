# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warn about accounts that the module does not change and that may prevent a login or have too many privileges."""

from __future__ import annotations

import re
from typing import Iterator

from ansible_collections.osops.glance.plugins.module_utils._mysql.accounts import find_account
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Account, Current, Desired
from ansible_collections.osops.glance.plugins.module_utils._mysql.options import account_hosts, desired_password_hash
from ansible_collections.osops.glance.plugins.module_utils._mysql.password_statements import NATIVE


def account_warnings(desired: Desired, current: Current) -> list[str]:
    """Return the warnings for the desired accounts."""
    if desired["state"] == "absent" or desired["user"] is None:
        return []
    return [*_shadowing_accounts(desired, current), *_global_privileges(desired, current)]


def _shadowing_accounts(desired: Desired, current: Current) -> Iterator[str]:
    """Yield a warning for each account that the server selects instead of a managed one.

    The server selects the account with the most specific host.
    """
    managed_hosts = account_hosts(desired)
    for account in current.accounts:
        host = account.host.lower()
        wider = next((one for one in managed_hosts if one != host and _includes(one, host)), None)
        if host in managed_hosts or wider is None or _accepts_password(desired, account):
            continue
        kind = "an anonymous account" if not account.user else "an account with a different password"
        yield (
            f"'{account.user}'@'{account.host}' is {kind} that this module does not manage. For connections from that "
            f"host, the server selects it instead of {desired['user']}@{wider} and refuses the login. Add "
            f"{account.host!r} to `hosts`, or remove the account."
        )


def _accepts_password(desired: Desired, account: Account) -> bool:
    """Return whether the account accepts the desired password; without a desired password, assume that it does."""
    if not account.user:
        return False
    if desired["password"] is None:
        return True
    return NATIVE in account.plugins and account.password_hash.upper() == desired_password_hash(desired)


def _includes(pattern: str, host: str) -> bool:
    """Return whether a host with wildcards includes all hosts of another one."""
    parts = (".*" if character == "%" else "." if character == "_" else re.escape(character) for character in pattern)
    return re.fullmatch("".join(parts), host) is not None


def _global_privileges(desired: Desired, current: Current) -> Iterator[str]:
    for host in account_hosts(desired):
        account = find_account(desired, current, host)
        if account is not None and account.has_global_privileges:
            yield (
                f"The account {account} has privileges on all databases (ON *.*), which this module does not change. "
                "Check whether it needs them."
            )
