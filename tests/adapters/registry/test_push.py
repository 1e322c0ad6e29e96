"""What `docker push` says without a terminal, and what it means in bytes."""

from dockdj.adapters.registry.push import Heard, Upload, upload

SAID = f"""\
The push refers to repository [127.0.0.1:5000/shop]
aaaaaaaaaaaa: Preparing
bbbbbbbbbbbb: Preparing
cccccccccccc: Waiting
aaaaaaaaaaaa: Layer already exists
bbbbbbbbbbbb: Retrying in 5 seconds
bbbbbbbbbbbb: Pushed
cccccccccccc: Mounted from other/shop
1.0.0: digest: sha256:{"d" * 64} size: 740
"""
A, B, C = (f"sha256:{letter * 64}" for letter in "abc")


def heard(text: str) -> Heard:
    made = Heard()
    for line in text.splitlines():
        made.line(line)
    return made


def manifest(**sizes: int) -> dict[str, object]:
    return {"layers": [{"digest": f"sha256:{name * 64}", "size": size} for name, size in sizes.items()]}


def test_what_docker_says_is_understood() -> None:
    found = heard(SAID)
    assert (found.sent, found.digest) == ({"b" * 12}, f"sha256:{'d' * 64}")
    assert found.progress == "3 of 3 layers are there"
    assert heard(SAID.partition("\nbbbbbbbbbbbb: Retrying")[0]).progress == "1 of 3 layers are there"
    assert Heard().progress == ""


def test_a_layer_that_an_earlier_try_sent_stays_sent() -> None:
    found = heard(f"{SAID}\nbbbbbbbbbbbb: Layer already exists\n")
    assert found.sent == {"b" * 12}


def test_bytes_are_those_of_the_layers_that_were_sent() -> None:
    assert upload(manifest(d=10, e=200, f=3000), (A, B, C), {"b" * 12}) == Upload(200, 1, 2)
    # containerd's image store names layers by their digests.
    assert upload(manifest(d=10, e=200, f=3000), (A, B, C), {"e" * 12, "f" * 12}) == Upload(3200, 2, 1)
    assert upload(manifest(d=10, e=200, f=3000), (A, B, C), set()) == Upload(0, 0, 3)


def test_a_layer_that_an_image_has_twice_is_sent_once() -> None:
    twice = {"layers": [{"digest": A, "size": 10}, {"digest": A, "size": 10}]}
    assert upload(twice, (B, B), {"b" * 12}) == Upload(10, 1, 0)
