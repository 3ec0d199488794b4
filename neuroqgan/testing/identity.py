"""Identity, instance discovery and the check of credentials."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from neuroqgan.testing.api_error import ApiError
from neuroqgan.testing.http_messages import Response
from neuroqgan.testing.service_state import PLAN

if TYPE_CHECKING:
    from neuroqgan.testing.http_messages import Request
    from neuroqgan.testing.service_state import ServiceState

# The client never asks for credentials on these, or asks with those of another service.
OPEN = frozenset({"POST /identity/token"})
_LIFETIME = 3600


def identity(state: ServiceState, request: Request) -> Response:
    """Trade an API key for a token, in the words of IBM's identity service."""
    form = parse_qs(request.body.decode())
    if form.get("apikey", [""])[0] != state.token:
        return Response(
            400,
            {
                "errorCode": "BXNIM0415E",
                "errorMessage": "Provided API key could not be found.",
                "context": {"requestId": "loopback"},
            },
        )
    now = int(time.time())
    return Response(
        content={
            "access_token": make_token(state.token, now),
            "refresh_token": "not_supported",
            "token_type": "Bearer",
            "expires_in": _LIFETIME,
            "expiration": now + _LIFETIME,
            "scope": "ibm openid",
        }
    )


def search(state: ServiceState, _: Request) -> Response:
    """Answer the search for instances: there is one."""
    item = {
        "crn": state.instance,
        "name": "loopback",
        "tags": [],
        "service_plan_unique_id": PLAN,
        "doc": {"extensions": {"qiskit-runtime": {"backends": list(state.devices)}}},
    }
    return Response(content={"items": [item], "limit": 100})


def catalog(state: ServiceState, request: Request) -> Response:
    """Say what the plan of the instance costs."""
    return Response(
        content={
            "id": request.names["id"],
            "overview_ui": {"en": {"display_name": state.plan.capitalize()}},
            "metadata": {"pricing": {"type": "free" if state.plan == "open" else "paid"}},
        }
    )


def check(state: ServiceState, route: str, request: Request) -> None:
    """Refuse requests without a token of this server, or for another instance."""
    if route in OPEN:
        return
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    known = token == state.token if scheme == "apikey" else _is_ours(state.token, token)
    if not known:
        raise ApiError(401, 1200, "Authentication failed: token is not valid.")
    instance = request.headers.get("service-crn")
    if instance is not None and instance != state.instance:
        raise ApiError(403, 1211, "You do not have access to this instance.")


def make_token(key: str, now: int) -> str:
    """Return a token that `check` accepts."""
    claims = {"iat": now, "exp": now + _LIFETIME, "sub": "tester"}
    head = _encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    signed = f"{head}.{_encode(json.dumps(claims).encode())}"
    return f"{signed}.{_sign(key, signed)}"


def _is_ours(key: str, token: str) -> bool:
    signed, _, signature = token.rpartition(".")
    return signature == _sign(key, signed)


def _sign(key: str, text: str) -> str:
    return _encode(hmac.digest(key.encode(), text.encode(), "sha256"))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
