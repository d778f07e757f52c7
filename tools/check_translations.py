"""Checks that every message of the code is translated, and that the translation fits (part of `make check`).

English is the language of the code: an empty entry in its catalogue means the message itself. Every other catalogue
must be complete. A placeholder like {name} must stand in the translation as it stands in the message.
"""

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator

from babel.messages.catalog import Catalog, Message

from tools.messages import LANGUAGES, ROOT, TEMPLATE, catalogue_path, extract, read, texts

SOURCE_LANGUAGE = "en"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_BRACE = re.compile(r"[{}]")


def placeholders(text: str) -> set[str]:
    """The names between braces in `text`."""
    return set(_PLACEHOLDER.findall(text))


def wrong_placeholders(message: Message) -> Iterator[str]:
    """What is wrong with the placeholders of the translations of one message.

    The last form, which speaks of many, has those of the plural; an earlier one, 'one day', may leave some out.
    """
    original = texts(message.id)[-1]
    wanted = placeholders(original)
    forms = [form for form in texts(message.string) if form]
    for number, form in enumerate(forms, start=1):
        given = placeholders(form)
        if given - wanted or (number == len(forms) and wanted - given):
            yield f"its translation '{form}' has {shown(given)} in place of {shown(wanted)}"
        if _BRACE.search(_PLACEHOLDER.sub("", form)) and not _BRACE.search(_PLACEHOLDER.sub("", original)):
            yield f"its translation '{form}' has a {{ or }} that belongs to no placeholder"


def shown(names: Iterable[str]) -> str:
    """Placeholders as they are written, in order."""
    return " ".join(f"{{{name}}}" for name in sorted(names)) or "no placeholder"


def problems(template: Catalog, catalogue: Catalog, complete: bool) -> Iterator[str]:
    """All that is wrong with `catalogue` measured by `template`; one that is `complete` translates every message."""
    for wanted in template:
        if not wanted.id:
            continue
        title = f"{quoted(wanted)} ({', '.join(sorted({file for file, _ in wanted.locations}))})"
        message = catalogue.get(wanted.id, wanted.context)
        if message is None or message.id != wanted.id:
            yield f"{title} is missing: run `make messages`"
            continue
        if message.fuzzy:
            yield f"{title} is fuzzy: look at its translation, then take the mark away"
        if complete and not all(texts(message.string)):
            yield f"{title} is not translated"
        for error in (*wrong_placeholders(message), *map(str, message.check(catalogue))):
            yield f"{title}: {error}"
    unused = [message for message in catalogue if message.id and template.get(message.id, message.context) is None]
    for message in (*unused, *catalogue.obsolete.values()):
        yield f"{quoted(message)} is no longer in the code: run `make messages`"


def quoted(message: Message) -> str:
    """The beginning of a message on one line, to find it by."""
    return f"'{textwrap.shorten(texts(message.id)[0], 70, placeholder='…')}'"


def main() -> int:
    """Print every problem; the exit code is 1 if there is one."""
    template = extract()
    found = []
    if not TEMPLATE.exists() or any(problems(template, read(TEMPLATE), complete=False)):
        found.append(f"{TEMPLATE.relative_to(ROOT)} is not what the code says: run `make messages`")
    for language in LANGUAGES:
        path = catalogue_path(language)
        name = path.relative_to(ROOT).as_posix()
        if not path.exists():
            found.append(f"{name} does not exist: run `make messages`")
            continue
        catalogue = read(path, language)
        found += [f"{name}: {line}" for line in problems(template, catalogue, language != SOURCE_LANGUAGE)]
    print("\n".join(found) if found else f"{len(template)} messages, translated in {', '.join(LANGUAGES)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
