"""Texts without the passwords that URLs in them hold."""

from __future__ import annotations

import re

_USER_AND_PASSWORD = re.compile(r"(//[^\s/@:]*):[^\s]*@")
_OPTION = re.compile(
    r"((?:password|passwd|passphrase|secret|token|key)\w*\s*=\s*)[^\s&;,]+", re.IGNORECASE
)


def without_passwords(text: str) -> str:
    """Return a text with stars in the place of passwords in URLs and options.

    Parameters
    ----------
    text
        Of an error, for example.

    Examples
    --------
    >>> without_passwords("no answer from http://me:secret@host/x?password=secret&a=1")
    'no answer from http://me:***@host/x?password=***&a=1'
    """
    return _OPTION.sub(r"\1***", _USER_AND_PASSWORD.sub(r"\1:***@", text))
