"""Logs without personal numbers: every record of this process is masked as it is made.

That holds for messages and for the text of exceptions, whatever handler writes them.
"""

import logging
from typing import Any

from kouan.identifiers.masks import masked_within


class MaskedRecord(logging.LogRecord):
    """A record whose message and traceback hide personal numbers."""

    def __init__(self, *fields: Any, **more: Any) -> None:
        super().__init__(*fields, **more)
        if self.exc_info and self.exc_info[0] is not None:
            told = logging.Formatter().formatException(self.exc_info)
            self.exc_text = masked_within(told)  # what every formatter then takes

    def getMessage(self) -> str:
        """The message with its arguments."""
        return masked_within(super().getMessage())


def mask_logs() -> None:
    """Mask what this process logs from now on."""
    logging.setLogRecordFactory(MaskedRecord)
