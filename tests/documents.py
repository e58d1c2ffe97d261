"""``python -m tests.documents``: the two generated documents as JSON, ``{"openapi": …, "asyncapi": …}``."""

from __future__ import annotations

import json
import sys
from typing import Any
from unittest.mock import MagicMock

from litestar import Litestar

from setpoint.server.http.app import create_app
from setpoint.server.http.asyncapi import asyncapi_document
from setpoint.server.http.disk import disk_routes
from setpoint.server.http.openapi import openapi_document
from setpoint.server.identity.auth import SignInAuth
from setpoint.server.identity.delivery_routes import delivery_routes
from setpoint.server.identity.people_routes import people_routes
from setpoint.server.identity.plant_routes import plant_routes
from setpoint.server.identity.routes import sign_in_routes
from setpoint.server.identity.security_routes import security_routes


def whole_app() -> Litestar:
    """Makes an application with every route that a server can have. It can only generate its documents."""
    unused = MagicMock()
    auth = SignInAuth(unused, is_secure=True)
    routers = [
        sign_in_routes(auth, unused),
        people_routes(auth),
        security_routes(auth, unused),
        plant_routes(auth, unused),
        delivery_routes(auth, unused, unused, {}),
        disk_routes(auth, unused),
    ]
    return create_app(unused, auth=auth, metrics=unused, routers=routers, board={})


def documents() -> dict[str, Any]:
    return {
        "openapi": openapi_document(whole_app().openapi_schema.to_schema()),
        "asyncapi": asyncapi_document(),
    }


if __name__ == "__main__":
    json.dump(documents(), sys.stdout)
