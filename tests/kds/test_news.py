"""Which tickets are new to a wall."""

from kds.news import NEWS_S, News


def test_what_was_there_when_we_came_is_no_news():
    news = News()
    assert news.look({"a"}, 0.0, live=True) == frozenset()
    assert news.look({"a", "b"}, 1.0, live=True) == {"b"}
    assert news.look({"a", "b"}, 2.0, live=True) == frozenset()


def test_what_came_while_we_were_away_is_no_news():
    news = News()
    news.look({"a"}, 0.0, live=True)
    news.look({"a"}, 1.0, live=False)
    assert news.look({"a", "b", "c"}, 2.0, live=True) == frozenset()
    assert news.look({"a", "b", "c", "d"}, 3.0, live=True) == {"d"}


def test_what_comes_together_is_counted_together_for_some_seconds():
    news = News()
    news.look((), 0.0, live=True)
    news.look({"a"}, 1.0, live=True)
    news.look({"a", "b", "c"}, 2.0, live=True)
    assert news.count(2.0) == 3
    assert news.count(2.0 + NEWS_S) == 0


def test_another_station_is_known_from_its_first_look_on():
    news = News()
    news.look({"a"}, 0.0, live=True)
    news.forget()
    assert news.look({"x", "y"}, 1.0, live=True) == frozenset()
