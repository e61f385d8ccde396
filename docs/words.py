"""Gather what the screens say: `python -m docs.words`; with `--check` say what is stale or missing instead.

From the code to `heard.pot`, from there into the `.po` file of each language, and compiled to the `.mo` that is read.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "heard" / "ui" / "locale"
POT = LOCALE / "heard.pot"
SAYING = ("kds", "console", "heard/ui", "demo")
"""Where screens are written."""
CALLED = ("words", "_words")
"""What a `Words` is called where one is used."""
FIELD = re.compile(r"\{[^{}]*\}")


class Said(NamedTuple):
    """A literal of the code: one text, or one and its plural."""

    text: str | tuple[str, str]
    file: str


def said() -> Iterator[Said]:
    """Every text the code gives to a `Words`, file by file."""
    for folder in SAYING:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for text in literals(path.read_text(encoding="utf-8")):
                yield Said(text, path.relative_to(ROOT).as_posix())


def literals(source: str) -> Iterator[str | tuple[str, str]]:
    """The texts in `words("…")`, `words.many("…", "…", n)` and `later("…")`, in the order of the source.

    `say = look.words` makes `say` another name of it.
    """
    nodes = list(ast.walk(ast.parse(source)))
    called = {*CALLED, *(name for node in nodes if isinstance(node, ast.Assign) for name in _other_names(node))}
    calls = [node for node in nodes if isinstance(node, ast.Call) and node.args]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = _name(call.func)
        if name in called or name == "later":
            yield from _texts(call.args[0])
        elif name == "many" and isinstance(call.func, ast.Attribute) and _name(call.func.value) in called:
            one, more = (list(_texts(part)) for part in call.args[:2])
            yield from zip(one, more, strict=True)


def _other_names(node: ast.Assign) -> Iterator[str]:
    for target in node.targets:
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=False))
        yield from (one.id for one, value in pairs if isinstance(one, ast.Name) and _name(value) in CALLED)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _texts(node: ast.expr) -> Iterator[str]:
    """A literal, or both of a choice."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value


class Plain(Catalog):
    """A catalogue whose header says what readers need: it changes only when the words do."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Name and value of each line of the header."""
        about = [("Project-Id-Version", "Heard"), ("Content-Type", "text/plain; charset=utf-8")]
        if self.locale_identifier:
            about += [("Language", self.locale_identifier), ("Plural-Forms", self.plural_forms)]
        return about


def template() -> Catalog:
    """All that is said, without a translation."""
    made = Plain(header_comment="# What Heard's screens say. Made by `make words`.", fuzzy=False)
    for one in said():
        made.add(one.text, locations=[(one.file, 0)])
    return made


def catalogue(language: str) -> Catalog:
    """A language as it stands on disk."""
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def languages() -> list[str]:
    """Those there are."""
    return sorted(path.stem for path in LOCALE.glob("*.po"))


def merged(language: str, made: Catalog) -> Catalog:
    """A language with what is new in the template, without what is gone, and with nothing guessed."""
    held = catalogue(language)
    merging = Plain(locale=language, header_comment=f"# What Heard's screens say in {language}.", fuzzy=False)
    for wanted in made:
        if wanted.id:
            old = held.get(wanted.id)
            if old is None or type(old.id) is not type(wanted.id):  # new, or it counts now and did not before
                merging.add(wanted.id, None, wanted.locations)
            else:
                merging.add(wanted.id, old.string, wanted.locations, old.flags, user_comments=old.user_comments)
    return merging


def faults(language: str, held: Catalog) -> Iterator[str]:
    """What a language lacks: texts without a translation, uncertain ones, and fields that are not the same."""
    for message in held:
        if not message.id:
            continue
        forms = 1 if isinstance(message.id, str) else held.num_plurals
        if message.fuzzy or not all(_strings(message.string)) or len(_strings(message.string)) != forms:
            yield f"{language}.po: not translated: {message.id!r}"
        elif _fields(message.string) != _fields(message.id):
            yield f"{language}.po: other fields than {message.id!r} has: {message.string!r}"


def _strings(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def _fields(text: str | Sequence[str] | None) -> set[str]:
    return {field for one in _strings(text) for field in FIELD.findall(one)}


def as_po(held: Catalog) -> bytes:
    """A catalogue's file."""
    out = io.BytesIO()
    write_po(out, held, width=100, include_lineno=False, sort_output=True)
    return out.getvalue()


def as_mo(held: Catalog) -> bytes:
    """What is read at start."""
    out = io.BytesIO()
    write_mo(out, held)
    return out.getvalue()


def files() -> Iterator[tuple[Path, bytes]]:
    """Every generated file and what it should hold."""
    made = template()
    yield POT, as_po(made)
    for language in languages():
        held = merged(language, made)
        yield LOCALE / f"{language}.po", as_po(held)
        yield LOCALE / f"{language}.mo", as_mo(held)


def stale() -> list[str]:
    """What is not as the code has it, and what is not translated."""
    found = [
        f"{path.relative_to(ROOT).as_posix()}: not what the code says any more; run `make words`"
        for path, wanted in files()
        if not path.exists() or path.read_bytes() != wanted
    ]
    made = template()
    return found + [fault for language in languages() for fault in faults(language, merged(language, made))]


def write() -> None:
    """Write those that are stale."""
    for path, wanted in files():
        if not path.exists() or path.read_bytes() != wanted:
            path.write_bytes(wanted)
            sys.stdout.write(f"{path.relative_to(ROOT).as_posix()}\n")


def main(words: list[str]) -> int:
    """The command; the exit code."""
    if words not in ([], ["--check"]):
        sys.stderr.write("usage: python -m docs.words [--check]\n")
        return 2
    if not words:
        write()
    found = stale()
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
