"""Where the programs under test are, and data to classify."""

import os
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("ASSAY_BUILD_DIR", ROOT / "build"))


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes minutes")


@pytest.fixture(scope="session")
def jobs_tool() -> pathlib.Path:
    tool = BUILD / "src" / "jobs" / "jobs_tool"
    assert tool.exists(), f"{tool} is missing: build first"
    return tool


@pytest.fixture(scope="session")
def classifier() -> pathlib.Path:
    return BUILD / "assay-classifier"


@pytest.fixture(scope="session")
def make_bucket():
    return fill_bucket


def fill_bucket(folder: pathlib.Path, objects: int, seed: int) -> None:
    """Small texts of many sizes, in folders; some are empty, some are links (never followed)."""
    rng = random.Random(seed)
    words = "invoice order jane.roe@corp-mail.net total 4111111111111111 paid note".split()
    for number in range(objects):
        path = folder / f"d{number % 37:02}" / f"o{number:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        if number % 500 == 499:
            path.symlink_to("/etc/hostname")
        else:
            path.write_text(" ".join(rng.choices(words, k=rng.choice([0, 3, 40, 400]))), encoding="utf-8")
