"""Runs LocalStack on the loopback interface alone.

Its twisted endpoint is made without an interface and so binds 0.0.0.0, whatever GATEWAY_LISTEN says.
"""

import functools

from localstack.runtime import main
from localstack.runtime.server import twisted

twisted.endpoints.TCP4ServerEndpoint = functools.partial(
    twisted.endpoints.TCP4ServerEndpoint, interface="127.0.0.1"
)
main.main()
