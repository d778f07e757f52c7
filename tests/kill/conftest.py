"""Killed processes write to a disk, unlike those of other tests: there a commit takes time, in which one can die."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder on the disk, gone after the test."""
    with TemporaryDirectory(prefix="lyceum-kill-") as folder:
        yield Path(folder)
