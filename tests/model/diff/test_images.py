"""Images that differ, and what a machine with the earlier release lacks of them."""

from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.diff.images import ImageChange, image_changes, to_pull
from dockdj.model.release.image import ServiceImage
from dockdj.model.release.schema import image_of
from tests.support.records import service


def image(config: str, layers: str, size: int) -> ServiceImage:
    return image_of(service(config=config, diff_ids=[f"sha256:{layer}" for layer in layers], size=size))


def only(old: ServiceImage, new: ServiceImage) -> ImageChange:
    (found,) = image_changes({"django": old}, {"django": new})
    return found


def test_shared_layers_are_not_pulled_and_the_bytes_are_bounded() -> None:
    found = only(image("a", "bcd", 100), image("b", "bce", 130))
    assert (found.layers, found.new_layers) == (3, 1)
    assert (found.size_before, found.size_after) == (100, 130)
    # The two shared layers take 100 bytes at most and, for all that is known, none.
    assert (found.pull_least, found.pull_most) == (30, 130)


def test_the_size_of_an_image_that_starts_another_tightens_the_bounds() -> None:
    old = {"base": image("x", "bc", 90), "django": image("a", "bcd", 100)}
    new = {"base": image("x", "bc", 90), "django": image("b", "bce", 130)}
    (found,) = image_changes(old, new)
    assert (found.pull_least, found.pull_most) == (40, 40)


def test_a_layer_at_another_place_is_new() -> None:
    assert only(image("a", "bc", 10), image("b", "cb", 10)).new_layers == 2


def test_equal_layers_and_nothing_shared_are_known_exactly() -> None:
    settings_alone = only(image("a", "bc", 10), image("b", "bc", 10))
    assert (settings_alone.new_layers, settings_alone.pull_least, settings_alone.pull_most) == (0, 0, 0)
    all_new = only(image("a", "bc", 10), image("b", "de", 20))
    assert (all_new.new_layers, all_new.pull_least, all_new.pull_most) == (2, 20, 20)


def test_a_new_and_a_removed_service() -> None:
    added, removed = image_changes({"old": image("a", "b", 10)}, {"new": image("c", "bd", 15)})
    assert (added.service, added.before, added.after, added.new_layers) == ("new", None, "c", 1)
    assert (removed.service, removed.before, removed.after) == ("old", "a", None)
    assert (removed.layers, removed.pull_most) == (0, 0)


def test_services_of_one_image_pull_it_once() -> None:
    new = {"django": image("b", "x", 20), "worker": image("b", "x", 20)}
    assert to_pull(tuple(image_changes({}, new))) == (20, 20)


LAYERS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("".join)
WEIGHTS = st.fixed_dictionaries({name: st.integers(0, 50) for name in "abc"})


@given(st.lists(LAYERS, max_size=3), st.lists(LAYERS, min_size=1, max_size=3), WEIGHTS)
def test_the_true_number_of_bytes_is_within_the_bounds(old: list[str], new: list[str], weights: dict[str, int]) -> None:
    def services(images: list[str], name: str) -> dict[str, ServiceImage]:
        sizes = [sum(weights[layer] for layer in layers) for layers in images]
        return {f"{name}{n}": image(f"{name}{n}", one, sizes[n]) for n, one in enumerate(images)}

    for change in image_changes(services(old, "old"), services(new, "new")):
        if change.after:
            layers = new[int(change.service.removeprefix("new"))]
            assert change.layers == len(layers)
            lacking = sum(weights[layer] for layer in layers[change.layers - change.new_layers :])
            assert change.pull_least <= lacking <= change.pull_most
