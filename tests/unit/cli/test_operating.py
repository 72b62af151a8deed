"""What `kouan run` tells in the end: every figure of a live run has its words."""

from dataclasses import fields

import pytest

from kouan.live.options import LiveSummary
from kouan.report.texts import LANGUAGES, text


@pytest.mark.parametrize("field", [field.name for field in fields(LiveSummary)])
def test_every_figure_of_a_live_run_has_words(field: str) -> None:
    for language in LANGUAGES:
        assert text(f"live_{field}", language) != field
