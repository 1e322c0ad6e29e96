import io
import random
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from dockdj.model.beanstalk.bundle import pack, version_in_label
from dockdj.model.files import File
from dockdj.model.version import Version, parse

files = st.lists(
    st.builds(
        File,
        st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5}){0,2}", fullmatch=True),
        st.binary(max_size=50),
        st.sampled_from([0o644, 0o755]),
    ),
    unique_by=lambda file: file.path,
    max_size=6,
)


@given(files, st.randoms())
def test_the_bytes_depend_only_on_the_contents(contents: list[File], chance: random.Random) -> None:
    shuffled = list(contents)
    chance.shuffle(shuffled)
    assert pack(contents, parse("1.0.0")) == pack(shuffled, parse("1.0.0"))


@given(files)
def test_contents_and_modes_are_kept(contents: list[File]) -> None:
    with zipfile.ZipFile(io.BytesIO(pack(contents, parse("1.0.0")).content)) as archive:
        out = [
            File(entry.filename, archive.read(entry), (entry.external_attr >> 16) & 0o777)
            for entry in archive.infolist()
        ]
    assert out == sorted(contents)


def test_one_changed_byte_gives_another_label() -> None:
    one, two = (pack([File("a", content)], parse("1.0.0")) for content in (b"1", b"2"))
    assert one.label != two.label


@given(st.builds(Version, *[st.integers(0, 999)] * 4))
def test_version_in_label_reads_the_version(version: Version) -> None:
    assert version_in_label(pack([], version).label) == str(version)


def test_a_label_of_another_tool_has_no_version() -> None:
    assert version_in_label("Sample Application") == ""
