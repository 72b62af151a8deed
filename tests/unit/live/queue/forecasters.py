"""Forecasters that another process can load: one answers, one never does, one dies."""

import os
import time

from kouan.runtime.worlds import Prediction


def answering(state: bytes) -> list[Prediction]:
    """Predict as many milliseconds as the state has bytes."""
    return [Prediction("v", len(state), len(state), len(state))]


def sleeping(state: bytes) -> list[Prediction]:
    """Sleep over states that begin with s."""
    if state.startswith(b"s"):
        time.sleep(600)
    return answering(state)


def dying(state: bytes) -> list[Prediction]:
    """End the process on states that begin with d."""
    if state.startswith(b"d"):
        os._exit(1)
    return answering(state)
