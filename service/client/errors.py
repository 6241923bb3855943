"""What can go wrong between a client and the service."""

from __future__ import annotations

from service.client.records import FieldError


class ClientError(Exception):
    """Anything that kept the service's answer from arriving; the message says what and where."""


class ServiceUnreachable(ClientError):
    """The service could not be reached, or did not answer in time."""


class ServiceProblem(ClientError):
    """The service refused: its problem document, of which ``detail`` is written for people."""

    def __init__(
        self, status: int, title: str, detail: str, request_id: str = "", errors: tuple[FieldError, ...] = ()
    ) -> None:
        self.status = status
        self.title = title
        self.detail = detail
        self.request_id = request_id
        self.errors = errors
        known_as = f" (request {request_id})" if request_id else ""
        super().__init__(f"{status} {title}: {detail}{known_as}")
