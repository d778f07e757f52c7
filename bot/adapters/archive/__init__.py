"""The history of a community from an archive: files of other programs, as the events that a live adapter gives.

`find` says which files there are and what each is, by its content; `Volume.read` streams its records. A new
format is a module with `recognises` and `read`, and an entry in `FORMATS`. What a reader yields may never
depend on anything but the file and the options: an import that was broken off goes on by counting records.
Raise `EDITION` when a reader counts differently.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.archive import discord, table, telegram, zulip, zulip_files
from bot.adapters.archive.record import (
    SKIPPED,
    ArchiveError,
    DamagedError,
    ForeignError,
    Options,
    Record,
)
from bot.adapters.archive.source import Source, paths_in
from bot.i18n import N_

__all__ = [
    "FORMATS",
    "SKIPPED",
    "ArchiveError",
    "DamagedError",
    "ForeignError",
    "Format",
    "Options",
    "Record",
    "Source",
    "Volume",
    "find",
]

EDITION = 1


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of archive: how to tell it by the paths and bytes at its beginning, and how to read it.

    `numbered` is how its records are counted in messages to people.
    """

    name: str
    title: str
    recognises: Callable[[set[str], bytes], bool]
    read: Callable[[Source, Options], Iterator[Record]]
    numbered: str = N_("message {n}")


FORMATS = (
    Format(
        "discord",
        N_("DiscordChatExporter JSON (a file, or a folder of them)"),
        lambda paths, _: discord.recognises(paths),
        discord.read,
    ),
    Format(
        "telegram",
        N_("Telegram Desktop: result.json (Export chat history, as JSON)"),
        lambda paths, _: telegram.recognises(paths),
        telegram.read,
    ),
    Format(
        "zulip",
        N_("Zulip: an export (the folder or the .tar.gz), or messages in JSON"),
        lambda paths, head: zulip_files.is_tar(head) or zulip.recognises(paths),
        zulip.read,
    ),
    Format(
        "csv",
        N_("CSV with the columns time, author, and length or text (also: channel, topic, id, reply_to, bot, mentions)"),
        lambda paths, head: not paths and table.recognises(head),
        table.read,
        N_("line {n}"),
    ),
)


@dataclass(frozen=True, slots=True)
class Volume:
    """One file of an archive and what it is."""

    source: Source
    format: Format

    def read(self, options: Options) -> Iterator[Record]:
        """Its records, one at a time, always the same in the same order. Raises ArchiveError."""
        return self.format.read(self.source, options)

    def mark(self, options: Options) -> str:
        """The name of the cursor that says how many of its records are in the database."""
        said = (EDITION, self.format.name, options.community, str(options.zone), sorted(options.bots))
        return f"archive:{self.source.digest(*said)}"


def find(path: Path, name: str | None = None) -> list[Volume]:
    """The files to read at `path`, a file or a folder, in order. With `name`, files are taken to be of that format.

    Raises ForeignError when there are none, OSError when one can't be opened.
    """
    volumes = [volume for one in _files(path) if (volume := _volume(one, name))]
    if not volumes:
        raise ForeignError(
            N_("{path} is none of the archives that can be imported. These can:\n{formats}"),
            path=path,
            formats="\n".join(f"- {one.name}: {one.title}" for one in FORMATS),
        )
    return volumes


def _volume(path: Path, name: str | None) -> Volume | None:
    source = Source(path)
    head = source.head()
    if not head:
        return None
    paths = paths_in(head)
    found = next((one for one in FORMATS if (one.name == name if name else one.recognises(paths, head))), None)
    if found is None:
        return None
    if found.name == "zulip" and not zulip_files.is_tar(head) and not zulip.told(head):
        source.parts = (path, *sorted(path.parent.glob(zulip_files.MESSAGES + "*")))
    return Volume(source, found)


def _files(path: Path) -> list[Path]:
    """What may be archives: the file itself, or those in a folder, without what exporters put beside them."""
    if not path.is_dir():
        return [path]
    for main in (zulip_files.REALM, f"{zulip_files.REALM}.gz", "result.json", "result.json.gz"):
        if (path / main).is_file():
            return [path / main]
    found = sorted(one for one in path.rglob("*") if one.name.removesuffix(".gz").endswith((".json", ".csv")))
    return [one for one in found if one.is_file() and not any(part.endswith("_Files") for part in one.parts)]
