"""The file of results keeps what was not measured again."""

from bench.results import FILE, HEAD, merged

ORDER = ("journal", "keys", "fanout")


def test_a_section_takes_the_place_of_its_elder_and_leaves_the_others():
    first = merged("", {"keys": "## Keys\n\nold", "journal": "## Journal\n\nold"}, ORDER)
    second = merged(first, {"keys": "## Keys\n\nnew", "fanout": "## Fan-out\n"}, ORDER)
    assert second == (
        f"{HEAD}\n<!-- bench: journal -->\n## Journal\n\nold\n\n<!-- bench: keys -->\n## Keys\n\nnew\n"
        "\n<!-- bench: fanout -->\n## Fan-out\n"
    )


def test_writing_nothing_changes_nothing():
    text = FILE.read_text(encoding="utf-8")
    assert merged(text, {}, [*_marked(text)]) == text


def _marked(text):
    return [line.split()[2] for line in text.splitlines() if line.startswith("<!-- bench: ")]
