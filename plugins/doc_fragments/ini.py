# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules for files of options share."""

    DOCUMENTATION = r"""
options:
  path:
    description: The file.
    type: path
    required: true
    aliases: [dest]
  dialect:
    description:
      - Whose file it is, and so what its lines mean.
      - "V(oslo): the services of OpenStack, which read it with oslo.config."
      - "V(ini): programs that read it with Python's C(ConfigParser). The names of options have no case, and of an
        option that is repeated the last one holds."
      - "V(rawini): programs that read it with Python's C(RawConfigParser), such as C(pip.conf) and C(.pypirc). As
        V(ini), but C(%) has no meaning."
      - "V(paste): PasteDeploy, for example C(glance-api-paste.ini). Nothing may be there twice."
      - "V(mysql): the option files of MariaDB and MySQL, such as C(my.cnf). A dash and an underscore in the name of an
        option are the same. A value is written in quotes where a comment, an escape or a blank would change it.
        C(!include) and C(!includedir) stay as they are."
      - "V(systemd): units, drop-ins and other files of systemd. A backslash at the end of a line continues the value.
        An empty value removes those before it, and stays unless the new values begin with one."
      - "V(generic): what C(php.ini) and similar files have in common. Options may stand before the first section, or
        without a value, and no line continues another."
    type: str
    choices: [oslo, ini, rawini, paste, mysql, systemd, generic]
    default: oslo
  redact:
    description:
      - Regular expressions for more options whose values are secret, searched in C(section/option) without regard to
        case.
      - Always secret are options with C(passw), C(passcode), C(passphrase), C(secret), C(token), C(key), C(credential),
        C(connection) at its end or C(transport_url) in their names, and values with an account in them,
        C(user:password@).
    type: list
    elements: str
    default: []
"""
