"""Which file a name means: every spelling of a name, no guess, and nothing left uncounted."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratings.files.names import decoded_name, listed_names, match_names, normal_name, short_names

# Spellings as they are written elsewhere: Windows paths (pandas on Windows), `./` (find), macOS' decomposed letters,
# percent signs and upload marks (label-studio/data_import/uploader.py: an 8-digit hexadecimal number and a hyphen),
# `?d=` (label-studio/io_storages/localfiles), addresses signed by boto3's `generate_presigned_url`.
SPELLINGS = [
    ("photos\\1.png", "photos/1.png"),
    ("./photos/1.png", "photos/1.png"),
    ("photos//1.png", "photos/1.png"),
    (unicodedata.normalize("NFD", "Müller.png"), "Müller.png"),
    ("Müller.png", unicodedata.normalize("NFD", "Müller.png")),
    ("my%20cat.png", "my cat.png"),
    ("my cat.png", "my%20cat.png"),
    ("100%.png", "100%.png"),
    ("https://bucket.s3.amazonaws.com/set/y.png?X-Amz-Signature=abc/def&X-Amz-Date=1", "set/y.png"),
    ("s3://bucket/set/y.png", "y.png"),
    ("C:\\Users\\mira\\set\\y.png", "set/y.png"),
    ("/data/local-files/?d=set%2Fy.png", "set/y.png"),
    ("/data/upload/3/0a1b2c3d-y.png", "y.png"),
    ("y.png", "0a1b2c3d-y.png"),
    ("y", "set/y.png"),
    ("r0.5", "r0.5.png"),
]


@pytest.mark.parametrize(("name", "file"), SPELLINGS)
def test_a_name_is_understood_in_every_spelling(name: str, file: str) -> None:
    assert match_names(names=[name], files=[file, "other.png"]).found == {name: file}


def test_a_name_in_another_folder_never_takes_a_file_that_another_name_means_exactly() -> None:
    matches = match_names(names=["one/001.png", "two/001.png"], files=["two/001.png", "one/002.png"])
    assert matches.found == {"two/001.png": "two/001.png"}
    assert matches.doubtful == {"one/001.png": ("two/001.png",)}
    assert matches.unused == ("one/002.png",)


@pytest.mark.parametrize(
    "name",
    ["test/a.png", "set\\test\\a.png", "test/a", "https://x.org/test/a.png?Expires=1", "/mnt/test/0a1b2c3d-a.png"],
)
def test_a_name_that_puts_its_file_into_another_folder_does_not_mean_the_only_file_of_that_name(name: str) -> None:
    matches = match_names(names=[name], files=["set/train/a.png"])
    assert (matches.found, matches.missing, matches.elsewhere) == ({}, (name,), {name: "set/train/a.png"})
    assert match_names(names=[name], files=["set/a.png"], roots=lambda _: ["set"]).found == {name: "set/a.png"}


@pytest.mark.parametrize(
    "name", ["https://x.org/a.png?Expires=1", "s3://bucket/a.png", "https://x.org/data/upload/3/0a1b2c3d-a.png"]
)
def test_hosts_buckets_and_numbered_uploads_are_no_folders(name: str) -> None:
    assert match_names(names=[name], files=["set/train/a.png"]).found == {name: "set/train/a.png"}


def test_a_bare_name_that_two_files_have_means_neither() -> None:
    matches = match_names(names=["001.png"], files=["a/001.png", "b/001.png"])
    assert matches.doubtful == {"001.png": ("a/001.png", "b/001.png")}


def test_two_names_that_could_mean_one_file_mean_nothing() -> None:
    matches = match_names(names=["one/001.png", "two/001.png"], files=["001.png"])
    assert matches.doubtful == {"one/001.png": ("001.png",), "two/001.png": ("001.png",)}


def test_a_shared_folder_is_surer_than_a_bare_name() -> None:
    matches = match_names(names=["b/001.png", "001.png"], files=["set/b/001.png"])
    assert matches.found == {"b/001.png": "set/b/001.png"}
    assert matches.doubtful == {"001.png": ("set/b/001.png",)}


def test_the_longest_common_end_of_two_paths_decides() -> None:
    names = ["/home/mira/imgs/a/001.png", "/home/mira/imgs/b/001.png"]
    assert match_names(names=names, files=["pictures/a/001.png", "pictures/b/001.png"]).found == {
        names[0]: "pictures/a/001.png",
        names[1]: "pictures/b/001.png",
    }


def test_two_uploads_of_one_name_stay_two() -> None:
    names = ["0a1b2c3d-c.png", "ffffffff-c.png"]
    assert match_names(names=names, files=["c.png"]).found == {}
    assert match_names(names=["0a1b2c3d-c.png"], files=["ffffffff-c.png"]).found == {}


def test_letter_case_is_part_of_a_name() -> None:
    assert match_names(names=["CAT.PNG"], files=["cat.png"]).missing == ("CAT.PNG",)


def test_what_is_not_a_signature_stays_in_an_address() -> None:
    one, two = "https://x.org/view?img=1.png", "https://x.org/view?img=2.png"
    assert decoded_name(one) != decoded_name(two)
    assert decoded_name("https://x.org/a.png?Signature=1&Expires=2") == "x.org/a.png"


def test_short_names_keep_as_much_of_a_path_as_tells_files_apart() -> None:
    assert short_names(
        [
            "s3://bucket/model-a/001.png",
            "s3://bucket/model-b/001.png",
            "/data/local-files/?d=model-c/001.png",
            "/data/upload/1/aaaaaaaa-001.png",
            "/data/upload/1/bbbbbbbb-002.png",
        ]
    ) == {
        "s3://bucket/model-a/001.png": "model-a/001.png",
        "s3://bucket/model-b/001.png": "model-b/001.png",
        "/data/local-files/?d=model-c/001.png": "model-c/001.png",
        "/data/upload/1/aaaaaaaa-001.png": "aaaaaaaa-001.png",
        "/data/upload/1/bbbbbbbb-002.png": "002.png",
    }


def test_a_long_list_of_names_is_cut_and_counted() -> None:
    assert listed_names(["a", "b"]) == "'a', 'b'"
    assert listed_names([str(number) for number in range(1012)]).endswith("'9' and 1,002 more")


PARTS = st.sampled_from(["a", "b", "A", "Mü", unicodedata.normalize("NFD", "Mü"), "a%20b", "a b"])
FILES = st.sampled_from(["1.png", "1.PNG", "1.jpg", "1", "0a1b2c3d-1.png", "é.png", "e\u0301.png"])
PATHS = st.builds(lambda folders, file: "/".join([*folders, file]), st.lists(PARTS, max_size=3), FILES)
SPELLED = st.builds(
    lambda path, spell: spell(path),
    PATHS,
    st.sampled_from(
        [
            str,
            lambda path: path.replace("/", "\\"),
            lambda path: "./" + path,
            lambda path: "s3://bucket/" + path,
            lambda path: "/data/upload/1/0a1b2c3d-" + path.rsplit("/", 1)[-1],
        ]
    ),
)


@settings(deadline=None)
@given(names=st.lists(SPELLED, max_size=8), files=st.lists(PATHS, max_size=8))
def test_no_name_is_ever_linked_by_guess(names: list[str], files: list[str]) -> None:
    matches = match_names(names=names, files=files)
    sorted_out = [*matches.found, *matches.doubtful, *matches.missing]
    assert sorted(sorted_out) == sorted(set(names)), "each name is in one place"
    assert set(matches.unused) == set(files) - set(matches.found.values()), "each file is in one place"
    users: dict[str, set[str]] = {}
    for name, file in matches.found.items():
        users.setdefault(file, set()).add(decoded_name(name))
        if name in files:
            assert file == name, "what is spelled exactly means itself"
        elif decoded_name(name) != decoded_name(file):
            bare = decoded_name(name).rsplit("/", 1)[-1]
            assert is_alike(decoded_name(file), bare)
            same = {one for one in files if decoded_name(one).rsplit("/", 1)[-1] == bare}
            assert same <= {file} or normal_tail(name, file) > 1, "a bare name means a file that alone has it"
            assert "/" not in file or not has_folder(name) or shared_folder(name, file), "no folder differs"
    assert all(len(meanings) == 1 for meanings in users.values()), "one file is never meant by two names"


def has_folder(name: str) -> bool:
    """Tell whether a name says in which folder its file is."""
    path = name.replace("\\", "/").removeprefix("./").removeprefix("s3://bucket/")
    return "/" in path and not path.startswith("/data/upload/")


def shared_folder(name: str, file: str) -> bool:
    """Tell whether a name and a file lie in folders of one name."""
    one, other = (decoded_name(path).split("/")[-2] for path in (name, file))
    return one == other


def is_alike(file: str, bare: str) -> bool:
    """Tell whether a file's bare name is this one, give or take a mark or a suffix."""
    own = file.rsplit("/", 1)[-1]
    unmarked = own.removeprefix("0a1b2c3d-")
    return own in {bare, bare.removeprefix("0a1b2c3d-")} or bare in {unmarked, own.rsplit(".", 1)[0]}


def normal_tail(name: str, file: str) -> int:
    """Count the parts that two paths end in alike."""
    one, two = decoded_name(name).split("/")[::-1], decoded_name(file).split("/")[::-1]
    same = [left == right for left, right in zip(one, two, strict=False)]
    return same.index(False) if False in same else len(same)


@settings(deadline=None)
@given(name=st.text(max_size=20))
def test_a_normal_form_is_its_own_normal_form(name: str) -> None:
    assert normal_name(normal_name(name)) == normal_name(name)
