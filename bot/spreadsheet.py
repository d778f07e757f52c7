"""Tables as files for spreadsheet programs: CSV in UTF-8, in which no cell is a formula."""

import csv
import io
import re
from collections.abc import Iterable

from bot.reply import Attachment

_FORMULA = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def cell(value: str) -> str:
    """A cell that a spreadsheet program does not calculate (OWASP, 'CSV Injection'); numbers stay numbers.

    What begins as a formula does gets an apostrophe in front, which the programs take for 'this is text'.
    """
    value = value.replace("\0", "")
    return f"'{value}" if _FORMULA.match(value) and not _NUMBER.fullmatch(value) else value


def sheet(name: str, header: Iterable[str], rows: Iterable[Iterable[str]]) -> Attachment:
    """A table as a file, with the mark by which Excel knows UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in (header, *rows):
        writer.writerow([cell(value) for value in row])
    return Attachment(name=name, data=text.getvalue().encode("utf-8-sig"))
