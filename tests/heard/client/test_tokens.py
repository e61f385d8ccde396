"""Where tokens come from."""

from pathlib import Path

import pytest

from heard.client.tokens import TextToken, token_source
from heard.errors import Unavailable


async def test_a_text_is_the_token_and_none_is_none() -> None:
    assert await token_source("abc").token() == "abc"
    assert await token_source(None).token() is None


async def test_a_file_is_read_again_each_time(tmp_path: Path) -> None:
    file = tmp_path / "token"
    source = token_source(file)
    with pytest.raises(Unavailable, match="cannot be read"):
        await source.token()
    file.write_text("")
    with pytest.raises(Unavailable, match="is empty"):
        await source.token()
    file.write_text("first\n")
    assert await source.token() == "first"
    file.write_text("second")
    assert await source.token() == "second"


async def test_a_function_is_asked_plain_or_async() -> None:
    async def later() -> str:
        return "async"

    assert await token_source(lambda: "plain").token() == "plain"
    assert await token_source(later).token() == "async"


async def test_a_function_that_fails_means_no_token_now() -> None:
    def broken() -> str:
        raise KeyError("vault")

    with pytest.raises(Unavailable, match="no token to be had: KeyError"):
        await token_source(broken).token()


async def test_a_source_is_taken_as_it_is() -> None:
    source = TextToken("x")
    assert token_source(source) is source
