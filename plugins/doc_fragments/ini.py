# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of all modules for configuration files."""

    DOCUMENTATION = r"""
options:
  path:
    description: The path of the configuration file.
    type: path
    required: true
    aliases: [dest]
  dialect:
    description:
      - The program that reads the file, which determines the syntax.
      - "V(oslo): OpenStack services, which read it with oslo.config."
      - "V(ini): programs that use Python's C(ConfigParser). The names of options are not case-sensitive, and the last
        occurrence of a repeated option takes effect."
      - "V(rawini): programs that use Python's C(RawConfigParser), for example for C(pip.conf) and C(.pypirc). As
        V(ini), but C(%) has no special meaning."
      - "V(paste): PasteDeploy, for example for C(glance-api-paste.ini). Repeated sections and options are errors."
      - "V(mysql): the option files of MariaDB and MySQL, for example C(my.cnf). A dash and an underscore in the name of
        an option are equal. A value is quoted if a comment, an escape or a blank would change it. C(!include) and
        C(!includedir) are preserved."
      - "V(systemd): units, drop-ins and other files of systemd. A backslash at the end of a line continues the value.
        An empty value removes the previous values, and is preserved unless the new values begin with one."
      - "V(generic): the common syntax of C(php.ini) and similar files. Options are allowed before the first section and
        without a value, and values do not continue on the next line."
    type: str
    choices: [oslo, ini, rawini, paste, mysql, systemd, generic]
    default: oslo
  redact:
    description:
      - Regular expressions for additional options whose values are secret. They are searched in C(section/option),
        regardless of case.
      - Options are always secret if their names contain C(passw), C(passcode), C(passphrase), C(secret), C(token),
        C(key), C(credential) or C(transport_url), or end with C(connection). Values with an account,
        C(user:password@), are always secret too.
    type: list
    elements: str
    default: []
"""
