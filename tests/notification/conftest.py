"""The endpoint that takes what is sent."""

import pytest
from http_endpoint import Endpoint


@pytest.fixture
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()
