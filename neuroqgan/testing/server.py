"""HTTP: requests in, answers out, and what may go wrong on the way."""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from neuroqgan.testing import control, identity
from neuroqgan.testing.api_error import ApiError
from neuroqgan.testing.http_messages import Request, Response
from neuroqgan.testing.misfits import edited, misfit
from neuroqgan.testing.routes import route

if TYPE_CHECKING:
    from neuroqgan.testing.faults import Fault
    from neuroqgan.testing.serving import Serving

API = "/experimental/api/v1"
CATALOG = "/api/v1"
_HOP = "/storage"


class Seen(NamedTuple):
    """A request that arrived."""

    method: str
    path: str


class Server(ThreadingHTTPServer):
    """Threads that answer for one service, all of whose connections can be cut."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: Serving, port: int) -> None:
        self.service = service
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        """Bind without a look-up of this machine's name."""
        # The parent class asks the name service who this is, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection, and remember it."""
        connection, address = super().get_request()
        with self._guard:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: clients that go away are nothing to tell about."""

    def stop(self) -> None:
        """Stop listening and cut the connections that clients keep alive."""
        self.stopping.set()
        self.shutdown()
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection, on which a client may ask many times."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Write nothing."""

    def do_GET(self) -> None:
        """Answer, whatever the method."""
        self._answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  # names of http.server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        path, plain = _strip(parts.path)
        request = Request(self.command, path, parse_qs(parts.query), headers, body)
        service = self.server.service
        if path.startswith("/control/"):
            self._send(control.answer(service, request))
            return
        service.requests.append(Seen(self.command, path))
        try:
            name, act = route(request)
        except ApiError as error:
            self._send(Response(error.status, error.body()))
            return
        fault = None if plain else service.faults.take(name)
        try:
            self._serve(fault, request, name, act)
        except _DropError:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def _serve(self, fault: Fault | None, request: Request, name: str, act: Any) -> None:
        state = self.server.service.state
        if fault is not None and fault.kind == "slow_before":
            self._sleep(fault.seconds)
        if fault is None or fault.acts_first:
            try:
                identity.check(state, name, request)
                response = act(state, request)
            except ApiError as error:
                response = Response(error.status, error.body(), error.headers)
            except Exception:  # noqa: BLE001
                # The client shows the text of a 400, and would repeat a request after a 500.
                text = f"The loopback server failed.\n{traceback.format_exc()}"
                response = Response(400, ApiError(400, 0, text).body())
        else:
            response = Response()
        if fault is not None:
            response = self._spoilt(fault, request, response)
        self._send(response)

    def _spoilt(self, fault: Fault, request: Request, response: Response) -> Response:
        """Return what goes back instead of the right answer."""
        match fault.kind:
            case "drop_before" | "drop_after":
                raise _DropError
            case "status" | "status_after":
                body = ApiError(fault.code, 1999, fault.message).body()
                response = Response(fault.code, body, fault.headers)
            case "malformed":
                whole = response.body()
                response = Response(200, whole[: max(1, len(whole) // 2)])
            case "malformed_before":
                response = Response(200, b'{"oops": ')
            case "redirect":
                response = Response(302, b"", (("Location", f"{_HOP}{self.path}"),))
            case "misfit":
                job = self.server.service.state.job(request.names["id"])
                response = Response(content=misfit(job, fault.message))
            case "edited":
                response = Response(content=edited(response.body(), *json.loads(fault.message)))
            case "slow":
                self._sleep(fault.seconds)
        return response

    def _sleep(self, seconds: float) -> None:
        if self.server.stopping.wait(seconds):
            raise _DropError

    def _send(self, response: Response) -> None:
        body = response.body()
        self.send_response(response.status)
        # Without this header the client quotes whole bodies in its messages.
        self.send_header("uber-trace-id", "0:0:0:0")
        for name, value in response.headers:
            self.send_header(name, value)
        if response.status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if response.status != 204:
            self.wfile.write(body)


class _DropError(Exception):
    """The connection is to be closed without an answer."""


def _strip(path: str) -> tuple[str, bool]:
    """Return a path as the routes name it, and whether it comes from a redirection."""
    redirected = path.startswith(f"{_HOP}/")
    path = path.removeprefix(_HOP) if redirected else path
    if path.startswith(f"{API}/"):
        return path.removeprefix(API), redirected
    if path.startswith(f"{CATALOG}/"):
        return f"/catalog{path.removeprefix(CATALOG)}", redirected
    return path, redirected
