from watcher.model.wording import count


def test_numbers_agree_with_their_nouns() -> None:
    assert count(1, "hour") == "1 hour"
    assert count(2000, "hour") == "2,000 hours"
    assert count(0, "entry", "entries") == "0 entries"
    assert count(1, "seed is", "seeds are") == "1 seed is"
