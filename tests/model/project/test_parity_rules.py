"""[parity] of `dockdj.toml`."""

from dockdj.model.project.parity_rules import ParityRules, alternatives, mistakes


def test_braces_match_either_word() -> None:
    assert list(alternatives("a/{b,c}/{d, e}")) == ["a/b/d", "a/b/e", "a/c/d", "a/c/e"]
    assert list(alternatives("a{b}/*")) == ["a{b}/*"]


def test_a_rule_has_a_reason_and_does_not_allow_everything() -> None:
    rules = ParityRules({"django/os/*": " ", "*": "why not", "*/*": "why not", "*/os/x": "well"})
    assert [line.partition(":")[0] for line in mistakes(rules)] == ['allow."django/os/*"', 'allow."*"', 'allow."*/*"']


def test_a_pattern_with_too_many_alternatives_is_a_mistake() -> None:
    for pattern in ("{a,b}" * 4000, "{a,b,c}" * 7, "{" + "," * 5000 + "}"):
        assert [mistake[-50:] for mistake in mistakes(ParityRules({pattern: "why"}))] == [
            "more than 1000 alternatives: write several patterns"[-50:]
        ]
