"""The rule of what a file in a message may be, and of what it is taken for else."""

from __future__ import annotations

import re

from smtp_panel.settings.rules import Refused
from smtp_panel.words import N_

ANY_FILE = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}", re.ASCII)


def media_type(text: str) -> str:
    """`type/subtype` of a file (RFC 6838, section 4.2); raises Refused for what is no file."""
    if not _MEDIA_TYPE.fullmatch(text):
        raise Refused(N_("Write the content type as type/subtype, such as text/csv."))
    if is_composite(text):
        raise Refused(N_("This content type is not for files. Use application/octet-stream."))
    return text


def is_composite(content_type: str) -> bool:
    """Whether it is multipart or message, which no file is: those may not be in base64.

    RFC 2046, sections 5.1 and 5.2.
    """
    return content_type.casefold().startswith(("multipart/", "message/"))


def file_type(text: str) -> str:
    """`text` where it can be the type of a file, else that of any file."""
    try:
        return media_type(text)
    except Refused:
        return ANY_FILE
