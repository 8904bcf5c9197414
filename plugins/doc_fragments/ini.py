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
      - "V(paste): PasteDeploy, for example C(glance-api-paste.ini). Nothing may be there twice."
      - "V(generic): what C(my.cnf), C(php.ini) and the like have in common. Options may stand before the first
        section, or without a value, and no line continues another."
    type: str
    choices: [oslo, ini, paste, generic]
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
