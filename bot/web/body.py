"""A request's body, read no further than is allowed."""

from fastapi import Request


class TooLargeError(Exception):
    """A request's body is longer than any that we expect."""


async def read(request: Request, most: int) -> bytes:
    """The body, of at most so many bytes. Raises TooLargeError."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise TooLargeError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLargeError
    return bytes(body)
