"""A port that can be closed: it passes connections on to another one while it is open."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable

_PIECE = 64 * 1024


class TcpRelay:
    """Passes connections to `port` on to the port that `target` names when they are made.

    Closed, it refuses connections as a port does on which nothing listens, and ends those that there are.
    """

    def __init__(self, target: Callable[[], int]) -> None:
        """A relay that is open."""
        self._target = target
        self._listener = _listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._accept()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Accepts connections again."""
        self._listener = _listen(self.port)
        self._accept()

    def close(self) -> None:
        """Refuses connections from now on, and ends the present ones."""
        # A thread that accepts keeps the port open until it is woken.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            ended, self._open = self._open, set()
        for each in ended:
            _end(each)

    def _accept(self) -> None:
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:  # it was closed
                return
            far = socket.socket()
            with self._lock:
                self._open |= {near, far}
            try:
                far.connect(("127.0.0.1", self._target()))
            except OSError:
                _end(near)
                _end(far)
                continue
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE):
                sink.sendall(piece)
        with self._lock:
            self._open -= {source, sink}
        _end(source)
        _end(sink)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
