"""Where the files of a Zulip export are: in a folder, or in the tape archive as Zulip made it, read from the front."""

import tarfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Any

from bot.adapters.archive.record import ForeignError
from bot.adapters.archive.source import Readable, Source
from bot.i18n import N_

REALM = "realm.json"
MESSAGES = "messages-*.json"
_TAR = b"ustar"


def is_tar(head: bytes) -> bool:
    """Whether a file that begins so is a tape archive."""
    return head[257:262] == _TAR


class Folder:
    """An export unpacked: the files beside the one that was named."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._folder = source.path.parent

    @contextmanager
    def realm(self) -> Iterator[Readable]:
        """The file that says who is who."""
        path = next((p for p in (self._folder / REALM, self._folder / f"{REALM}.gz") if p.exists()), None)
        if path is None:
            raise _incomplete(self.source)
        with self.source.open(path) as stream:
            yield stream

    def messages(self) -> Iterator[Readable]:
        """The files of messages, in their order."""
        self.source.position = 0
        for path in self.source.parts:
            if fnmatch(path.name, MESSAGES) or fnmatch(path.name, f"{MESSAGES}.gz"):
                with self.source.open(path) as stream:
                    yield stream


class Tar:
    """An export as it comes, read from the front for each thing wanted."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @contextmanager
    def realm(self) -> Iterator[Readable]:
        """The file that says who is who."""
        with closing(self._named(REALM)) as files:
            found = next(files, None)
            if found is None:
                raise _incomplete(self.source)
            yield found

    def messages(self) -> Iterator[Readable]:
        """The files of messages, as the archive has them."""
        return self._named(MESSAGES)

    def _named(self, pattern: str) -> Generator[Readable]:
        self.source.position = 0
        with self.source.open() as stream:
            try:
                with tarfile.open(fileobj=stream, mode="r|") as tape:
                    for member in tape:
                        file = tape.extractfile(member) if fnmatch(PurePath(member.name).name, pattern) else None
                        if file is not None:
                            yield _Member(self.source, file)
            except tarfile.TarError as error:
                raise self.source.damaged(f"tar: {error}") from error


class _Member:
    """A file inside a tape archive."""

    def __init__(self, source: Source, file: Any) -> None:
        self.source = source
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        try:
            data: bytes = self._file.read(size)
        except tarfile.TarError as error:
            raise self.source.damaged(f"tar: {error}") from error
        return data


def _incomplete(source: Source) -> ForeignError:
    return ForeignError(
        N_("There is no realm.json with {path}: unpack the whole export, or name the .tar.gz that Zulip made."),
        path=source.path.name,
    )
