from dockdj.model.listing import in_lines, in_words


def test_long_lists_are_cut_with_the_number_of_the_others() -> None:
    assert (in_words(("a", "b"), 2), in_lines(("a", "b"), 2)) == ("a, b", "\n  a\n  b")
    assert in_words(("a", "b", "c", "d"), 2) == "a, b and 2 more"
    assert in_lines(["a", "b", "c"], 2) == "\n  a\n  b\n  and 1 more"
    assert in_words(()) == in_lines(()) == ""
