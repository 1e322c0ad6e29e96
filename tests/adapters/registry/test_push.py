"""The output of `docker push` without a terminal, and the bytes it stands for."""

from dockdj.adapters.registry.manifest import Layer
from dockdj.adapters.registry.push import PushOutput, Upload, upload

OUTPUT = f"""\
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


def read(text: str) -> PushOutput:
    output = PushOutput()
    for line in text.splitlines():
        output.line(line)
    return output


def layers(**sizes: int) -> tuple[Layer, ...]:
    return tuple(Layer(f"sha256:{name * 64}", size) for name, size in sizes.items())


def test_output_tells_sent_layers_digest_and_progress() -> None:
    output = read(OUTPUT)
    assert (output.sent, output.digest) == ({"b" * 12}, f"sha256:{'d' * 64}")
    assert output.progress == "3 of 3 layers are there"
    assert read(OUTPUT.partition("\nbbbbbbbbbbbb: Retrying")[0]).progress == "1 of 3 layers are there"
    assert PushOutput().progress == ""


def test_layer_sent_by_an_earlier_try_still_counts_as_sent() -> None:
    output = read(f"{OUTPUT}\nbbbbbbbbbbbb: Layer already exists\n")
    assert output.sent == {"b" * 12}


def test_upload_counts_sent_layers_by_diff_id_or_digest() -> None:
    assert upload(layers(d=10, e=200, f=3000), (A, B, C), {"b" * 12}) == Upload(200, 1, 2)
    # containerd's image store names layers by their digests.
    assert upload(layers(d=10, e=200, f=3000), (A, B, C), {"e" * 12, "f" * 12}) == Upload(3200, 2, 1)
    assert upload(layers(d=10, e=200, f=3000), (A, B, C), set()) == Upload(0, 0, 3)


def test_layer_that_an_image_has_twice_is_counted_once() -> None:
    twice = (Layer(A, 10), Layer(A, 10))
    assert upload(twice, (B, B), {"b" * 12}) == Upload(10, 1, 0)
