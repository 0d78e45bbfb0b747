"""The browser."""

import pytest

from support import open_chromium


@pytest.fixture(scope="session")
def chromium():
    with open_chromium() as browser:
        yield browser
