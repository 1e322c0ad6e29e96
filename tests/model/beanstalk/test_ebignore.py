"""`.ebignore` compared with the real client's own code, in a separate virtual environment."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dockdj.errors import ProjectError
from dockdj.model.beanstalk.ebignore import judge, parse
from tests.support.eb import Client

TREE = {
    "a.py": "", "b.pyc": "", "back~": "", ".env": "", "x.elasticbeanstalk": "", "[a]": "", "a b": "", "#hash": "",
    "!bang": "", "sp ": "", "\\back": "", "A.PY": "", "Dockerrun.aws.json": "", "docker-compose.yml": "",
    "docs/one.md": "", "docs/keep/two.md": "", "docs/keep/deep/three.md": "", "docs/.hidden": "",
    "app/dist/js/app.js": "", "app/dist.py": "", "app/apps/base/models.py": "", "app/a.py": "", "app~/x": "",
    ".ebextensions/01_envvars.config": "", ".ebextensions/note.txt": "", ".ebextensions/sub/x.config": "",
    ".elasticbeanstalk/config.yml": "", ".elasticbeanstalk/prod.cfg.yml": "", "x.elasticbeanstalk.d/f": "",
    "sub/.elasticbeanstalk/f": "", ".platform/hooks/predeploy/10_release": "", "größe/übung.txt": "", "日本/語.md": "",
    "docker/django/prod/docker-compose.yml": "", "docker/nginx/nginx.conf": "", "sub/.ebignore": "*\n",
}  # fmt: skip
LINKS = {"ld": "docs", "app/lf": "a.py", "lf~": "a.py", "sub/up": "../docs/keep"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(tmp_path_factory.mktemp("tree")) as client:
        client.make(TREE, LINKS)
        yield client


def ours(text: str) -> set[str] | str:
    """What is bundled by our rules; the word `fails` where the client fails, too."""
    try:
        patterns = parse(text)
    except ProjectError:
        return "fails"
    return {path for path in (*TREE, *LINKS) if judge(path, patterns).kept}


CASES = {
    "essay": "# Ignore everything!\n*\n!Dockerrun.aws.json\n!.ebextensions/*.config\n!.elasticbeanstalk/*.cfg.yml\n"
    "!.elasticbeanstalk/*.global.yml\n!app/dist/**\n!docker/**\n",
    "nothing": "",
    "folder back": "docs/\n!docs/keep/\n",
    "star back": "docs/*\n!docs/keep/\n",
    "all but": "*\n!a.py\n!docs/\n!docs/**\n",
    "anchor": "/a.py\n/docs\n",
    "anywhere": "a.py\n",
    "folder alone": "keep/\n",
    "link": "ld\n",
    "link as folder": "ld/\nsub/up/\n",
    "escapes": "\\#hash\n\\!bang\n\\[a\\]\n\\\\back\n",
    "spaces": "sp\\ \na b   \n   a.py\n",
    "space at the end of the file": "a.py\nsp\\ ",
    "crlf": "a.py\r\ndocs/\r\n",
    "separators": "a.py\x0cdocs\u2028b.pyc\x85.env\n",
    "bom": "\ufeffa.py\nb.pyc\n",
    "names": "größe\n日本/*\n",
    "decomposed": "gro\u0308ße\n",
    "case": "A.py\n",
    "sets": "[!ab]*\n*[.]p[xy]\n[]a]*\n[^.]\n[a-\n",
    "bad set": "[z-a]\n",
    "backslash": "a\\\n",
    "lonely": "!\n",
    "stars": "**/keep\napp/**/app.js\n**/\n!a/**/**\n**/**/x\n",
    "slashes": "//\n/**/\n!/\n/docs//one.md\n",
    "own": "!.elasticbeanstalk\n!**/f\n!back~\n!.ebignore\n",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_eb_client_bundles_the_same_files(client: Client, name: str) -> None:
    assert client.bundled([CASES[name]]) == [ours(CASES[name])]


def test_an_invalid_pattern_is_reported_with_its_line() -> None:
    with pytest.raises(
        ProjectError, match=r"\.ebignore:2: `a\\` is not a pattern: it ends with a backslash\n.*:4: `!`"
    ):
        parse("a\na\\\nb\n!\n")


PIECES = st.sampled_from([
    *("a", "b", "py", "docs", "keep", "app", "dist", "*", "**", "?", ".", "/", "//", "!", "#", "\\", " ", "^"),
    *("[a-z]", "[!a]", "[", "]", "-", "~", "größe", ".ebextensions", ".config", "ld", "sub", ".md", "one"),
])  # fmt: skip
PATTERNS = st.lists(PIECES, min_size=1, max_size=6).map("".join) | st.text(max_size=6)


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(PATTERNS, max_size=4).map("\n".join), min_size=100, max_size=100))
@example(["".join(chr(code) for code in range(1, 0x100))])
def test_generated_patterns_bundle_the_same_files(client: Client, texts: list[str]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    for text, theirs in zip(texts, client.bundled(texts), strict=True):
        assert theirs == ours(text), text


@pytest.mark.parametrize(
    "pattern, path",
    [
        ("*a" * 20, "a" * 300 + "b"),
        ("*[!b]" * 20 + "c", "a" * 300),
        ("**/a/" * 20 + "b", "a/" * 300 + "c"),
        ("**/*a*/" * 20 + "b", "aa/" * 300 + "c"),
        ("?*" * 200 + "b", "a" * 3000),
    ],
)
def test_no_pattern_backtracks(pattern: str, path: str) -> None:
    started = time.process_time()
    assert judge(path, parse(pattern)).kept
    assert time.process_time() - started < 1
