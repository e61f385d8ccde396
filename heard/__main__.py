"""`python -m heard`: the `heard` command of this very interpreter."""

from heard.cli import main

main()
