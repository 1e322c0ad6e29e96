import json

import pytest

from dockdj.adapters.registry.manifest import Layer, Manifest, parse
from dockdj.errors import CommandFailed
from dockdj.model.canonical import digest_of

DIGEST = "sha256:" + "a" * 64
LAYER = {"digest": DIGEST, "size": 7}


def test_manifest_and_index_are_read() -> None:
    image = json.dumps({"config": {"digest": DIGEST, "size": 1}, "layers": [LAYER]}).encode()
    index = json.dumps({"manifests": [{"digest": DIGEST}]}).encode()
    assert parse(image) == Manifest(digest_of(image), DIGEST, (Layer(DIGEST, 7),))
    assert parse(index) == Manifest(digest_of(index), children=(DIGEST,))


MALFORMED = {
    "nothing": b"",
    "a page": b"<html>sign in</html>",
    "cut off": b'{"config": {"digest": "sha256:aa',
    "not UTF-8": b'{"config": "\xff"}',
    "nested too deeply": b"[" * 100_000,
    "nested deeply and closed": b'{"a":' * 500 + b"1" + b"}" * 500,
    "a list": b"[]",
    "a text": b'"sha256:aa"',
    "a number of 5,000 digits": b'{"layers": [{"digest": "sha256:aa", "size": ' + b"9" * 5000 + b"}]}",
    "a configuration that is text": b'{"config":"x"}',
    "a configuration that is null": b'{"config":null}',
    "a configuration without digest": b'{"config":{}}',
    "layers that are null": b'{"layers":null}',
    "layers that are a table": b'{"layers":{}}',
    "a layer that is null": b'{"layers":[null]}',
    "a layer without size": json.dumps({"layers": [{"digest": DIGEST}]}).encode(),
    "a layer whose size is text": json.dumps({"layers": [{**LAYER, "size": "7"}]}).encode(),
    "a layer whose size is true": json.dumps({"layers": [{**LAYER, "size": True}]}).encode(),
    "a layer whose size is negative": json.dumps({"layers": [{**LAYER, "size": -1}]}).encode(),
    "a layer whose size is no number": b'{"layers":[{"digest":"sha256:aa","size":NaN}]}',
    "a manifest without digest": b'{"manifests":[{}]}',
    "a manifest that is text": b'{"manifests":["x"]}',
    "manifests that are a number": b'{"manifests":3}',
    "a digest that is a number": b'{"manifests":[{"digest":3}]}',
    "a digest with a space": b'{"manifests":[{"digest":"sha256:aa --raw"}]}',
    "a digest with a NUL": b'{"manifests":[{"digest":"sha256:a\\u0000"}]}',
    "half of a surrogate pair in bytes": b'{"manifests":[{"digest":"sha256:\xed\xa0\x80"}]}',
    "another encoding": '{"manifests":[]}'.encode("utf-16"),
    "half of a surrogate pair": b'{"manifests":[{"digest":"sha256:\\ud800"}]}',
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
def test_answers_of_another_shape_are_refused(content: bytes) -> None:
    with pytest.raises(CommandFailed, match="not a manifest"):
        parse(content)
