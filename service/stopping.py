"""A clean stop: what runs is finished, what comes is refused, and it is over within a time limit."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from types import FrameType

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from service.problems import problem

log = logging.getLogger(__name__)

SIGNALS = (signal.SIGINT, signal.SIGTERM)
CUT_OFF = 2.0
"""Seconds after the grace within which the process ends by itself, or is ended."""


class Stopping:
    """Counts the requests that run and, once asked to stop, lets them finish before the server goes.

    The server goes on listening meanwhile, so that whoever comes is told to come back and not turned away by the
    operating system.
    """

    def __init__(self, grace: float) -> None:
        self.grace = grace
        self.begun = False
        self._running = 0
        self._idle = asyncio.Event()

    def enter(self) -> None:
        """Count a request in."""
        self._running += 1

    def leave(self) -> None:
        """Count a request out."""
        self._running -= 1
        self._look()

    def listen(self, finish: Callable[[float], object]) -> None:
        """Stop on the signals that stop the server; ``finish`` is given the seconds that are left for other work.

        The server's own handlers are called when all is done. Outside the main thread there are no signals to hear.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        stops = {number: signal.getsignal(number) for number in SIGNALS}  # uvicorn's own

        def heard(number: int, frame: FrameType | None) -> None:
            stop = stops[signal.Signals(number)]
            assert callable(stop)
            if not self.begun:
                self.begun = True
                loop.call_soon_threadsafe(self._stop, finish, partial(stop, number, frame))
            elif number == signal.SIGINT:  # Ctrl+C, again: somebody is in a hurry
                stop(number, frame)

        for number in SIGNALS:
            signal.signal(number, heard)

    def _stop(self, finish: Callable[[float], object], stop_server: Callable[[], object]) -> None:
        limit = threading.Timer(self.grace + CUT_OFF, cut_off, (self.grace,))
        limit.daemon = True
        limit.start()
        self._task = asyncio.create_task(self._drain(finish, stop_server))

    async def _drain(self, finish: Callable[[float], object], stop_server: Callable[[], object]) -> None:
        log.info("Stopping: %s requests run, new ones are refused.", self._running)
        end = asyncio.get_running_loop().time() + self.grace
        self._look()
        try:
            await asyncio.wait_for(self._idle.wait(), self.grace)
            await asyncio.to_thread(finish, max(0.0, end - asyncio.get_running_loop().time()))
        except TimeoutError:
            log.warning("%s requests still ran after %s seconds; they are cut off.", self._running, self.grace)
        finally:
            stop_server()

    def _look(self) -> None:
        if self.begun and self._running == 0:
            self._idle.set()


class Gate:
    """Refuses requests once the service is stopping, but for the one that asks whether it is alive."""

    def __init__(self, app: ASGIApp, stopping: Stopping) -> None:
        self._app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["path"] == "/healthz":
            await self._app(scope, receive, send)
        elif self._stopping.begun:
            headers = {"Retry-After": str(max(1, round(self._stopping.grace))), "Connection": "close"}
            detail = "This service is being stopped; try again when it is back."
            refusal = problem(Request(scope), HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=headers)
            await refusal(scope, receive, send)
        else:
            self._stopping.enter()
            try:
                await self._app(scope, receive, send)
            finally:
                self._stopping.leave()


def cut_off(grace: float) -> None:
    """End the process where it stands. The index stands a process that ends at any moment."""
    log.error("Something still ran %s seconds after the signal to stop; the process ends without it.", grace + CUT_OFF)
    os._exit(1)
