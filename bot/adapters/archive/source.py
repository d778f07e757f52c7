"""A file of an archive as a stream of bytes: decompressed, told apart from damage, and never in memory as a whole.

`Source` is the file, `Stream` one pass through it. JSON comes through `items` (whole values) or `Source.preamble`.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import blake2b
from io import BytesIO, RawIOBase
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import ijson

from bot.adapters.archive.record import DamagedError
from bot.i18n import N_

HEAD = 64 * 1024
CHUNK = 64 * 1024
_GZIP = b"\x1f\x8b"
_SCALARS = ("string", "number", "boolean", "null")
_OPENINGS = ("start_array", "start_map")
CUT = N_(
    "{path} is damaged or cut off at byte {position} ({why}). What stood before is kept. "
    "Fetch or export it again, and import that: nothing is counted twice."
)


class Readable(Protocol):
    """What gives the bytes of a source."""

    source: "Source"

    def read(self, size: int = -1, /) -> bytes | None: ...


class Source:
    """A file, plain or compressed by gzip. `position` says how many of its `size` bytes the pass under way has read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.position = 0
        self.parts: tuple[Path, ...] = (path,)
        """All files that belong to it; the first is `path`."""

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return sum(part.stat().st_size for part in self.parts)

    def open(self, path: Path | None = None) -> "Stream":
        """Begin a pass through the file, or through another of its parts."""
        return Stream(self, path or self.path)

    def head(self) -> bytes:
        """The beginning, decompressed: 64 KB or what there is of them."""
        found = b""
        try:
            with self.open() as stream:
                while len(found) < HEAD and (more := stream.read(HEAD - len(found))):
                    found += more
        except DamagedError:
            pass
        self.position = 0
        return found

    def digest(self, *said: object) -> str:
        """What tells this file from others: what was `said` of it, its beginning, its size and that of its parts."""
        with self.path.open("rb") as file:
            sums = blake2b(file.read(HEAD), digest_size=16)
        sums.update(repr((said, [part.stat().st_size for part in self.parts])).encode("utf-8", "surrogatepass"))
        return sums.hexdigest()

    def preamble(self, *ends: str) -> dict[str, Any]:
        """{dotted path: value} of what stands in a JSON file before the object or array at one of `ends`."""
        with self.open() as stream:
            before = takewhile(lambda one: one[0] not in ends or one[1] not in _OPENINGS, parse(stream))
            return {path: value for path, event, value in before if event in _SCALARS}

    def damaged(self, why: str) -> DamagedError:
        """The error that says so."""
        return DamagedError(CUT, path=self.path.name, position=self.position, why=why)


class Stream(RawIOBase):
    """One pass through a source. Raises DamagedError when the compressed data end too early or make no sense."""

    def __init__(self, source: Source, path: Path) -> None:
        super().__init__()
        self.source = source
        self._file: BinaryIO = path.open("rb")
        zipped = self._file.read(2) == _GZIP
        self._file.seek(0)
        self._unzip = _unzipper() if zipped else None
        self._raw = b""
        self._ready = memoryview(b"")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
        super().close()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as one step goes; 0 at the end."""
        if not self._ready:
            self._ready = memoryview(self._more())
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _take(self) -> bytes:
        raw = self._file.read(CHUNK)
        self.source.position += len(raw)
        return raw

    def _more(self) -> bytes:
        if self._unzip is None:
            return self._take()
        while True:
            self._raw = self._raw or self._take()
            if self._unzip.eof:
                if not self._next_member():
                    return b""
                continue
            if not self._raw:
                raise self.source.damaged("gzip: unexpected end")
            try:
                out = self._unzip.decompress(self._raw, 4 * CHUNK)
            except zlib.error as error:
                raise self.source.damaged(f"gzip: {error}") from error
            self._raw = self._unzip.unused_data if self._unzip.eof else self._unzip.unconsumed_tail
            if out:
                return bytes(out)

    def _next_member(self) -> bool:
        """Whether another compressed file is glued on; what is not one (padding of tapes) is the end."""
        while not self._raw.strip(b"\0") and (more := self._take()):
            self._raw = more
        self._raw = self._raw.lstrip(b"\0")
        if not self._raw.startswith(_GZIP):
            self._raw = b""
            return False
        self._unzip = _unzipper()
        return True


def _unzipper() -> Any:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


class _Mended:
    r"""A stream of JSON in which `\x0B`, which Telegram Desktop writes and JSON does not know, is spelt `\u000B`."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes; b'' at the end."""
        while True:
            more: bytes = self._stream.read(CHUNK if size < 0 else size) or b""
            data: bytes = self._held + more
            whole = _whole(data) if more else len(data)
            self._held = data[whole:]
            if whole or not more:
                return mend(data[:whole])


def mend(data: bytes) -> bytes:
    r"""`\xHH` in JSON, spelt the way JSON knows it; all other escapes stay."""
    return _ESCAPE.sub(_spell, data) if b"\\x" in data else data


_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|.)", re.DOTALL)


def _spell(found: re.Match[bytes]) -> bytes:
    return rb"\u00" + found[1] if found[1] else found[0]


def _whole(data: bytes) -> int:
    """How many bytes can be mended without cutting an escape in two."""
    last = data.rfind(b"\\", max(len(data) - 3, 0))
    if last < 0:
        return len(data)
    first = last
    while first > 0 and data[first - 1] == 0x5C:
        first -= 1
    if (last - first) % 2:
        return len(data)  # an escaped backslash
    return last


def items(stream: Readable, prefix: str) -> Iterator[Any]:
    """The values of a JSON array, one after the other. Raises DamagedError after the last one that is whole."""
    return _checked(stream, lambda: ijson.items(_Mended(stream), prefix, use_float=True))


def parse(stream: Readable) -> Iterator[tuple[str, str, Any]]:
    """(dotted path, event, value) of a JSON document. Raises DamagedError where it breaks off."""
    return _checked(stream, lambda: ijson.parse(_Mended(stream), use_float=True))


def paths_in(head: bytes) -> set[str]:
    """The dotted paths of all that stands in the beginning of a JSON document; empty for what is not JSON."""
    found = set()
    with suppress(ijson.JSONError, UnicodeDecodeError):
        for path, _, _ in ijson.parse(BytesIO(mend(head)), use_float=True):
            found.add(path)
    return found - {""}


def _checked(stream: Readable, read: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    try:
        yield from read()
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise stream.source.damaged(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
    return text.strip().split("\n", 1)[0][:80] if text.strip() else type(error).__name__
