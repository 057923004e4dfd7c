"""Downloads: what is right is kept, what is wrong is refused, and each mishap has its sentence.

A web server on this computer plays the others. What is published is checked
where MUSICML_DATA names a folder that has it.
"""

import errno
import hashlib
import io
import os
import re
import socket
import subprocess
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from musicml import corpora
from musicml.corpora import cache, cards, download, published
from musicml.errors import DataError, MusicMLError

PAGE = b"\n<!DOCTYPE html><html><body>Welcome to the network of the Grand Hotel. Please log in.</body></html>"


def rolls():
    """A small file of the form of the published ones."""
    from scipy.io import savemat

    rng = np.random.default_rng(0)
    data = {}
    for split, count in {"traindata": 3, "validdata": 1, "testdata": 2}.items():
        data[split] = np.empty((1, count), object)
        for k in range(count):
            data[split][0, k] = (rng.random((5 + k, 88)) < 0.05).astype(np.uint8)
    file = io.BytesIO()
    savemat(file, data)
    return file.getvalue(), data


ROLLS, ROLL_DATA = rolls()
PLAYS = b"userID\tartistID\tweight\r\n" + b"".join(
    b"%d\t%d\t%d\r\n" % (u, a, 10 * u + a) for u in (2, 5, 9) for a in range(1, 11)
)
ARTISTS = "id\tname\turl\tpictureURL\n" + "".join(f"{a}\tSigur Rós {a}\tx\ty\n" for a in range(1, 11))


def archive(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(f"{name}.dat", content)
    return file.getvalue()


class Server(BaseHTTPRequestHandler):
    """Answers with what ``answers`` has for the path: bytes, a number (status), or a function."""

    answers: dict = {}
    asked: list = []

    def do_GET(self):
        self.asked.append(self.path)
        answer = self.answers[self.path]
        if callable(answer):
            return answer(self)
        self.send_response(200 if isinstance(answer, bytes) else answer)
        if isinstance(answer, bytes):
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if isinstance(answer, bytes):
            self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


@pytest.fixture
def web(server, tmp_path, monkeypatch):
    """Two corpora "published" on the local server, an empty cache, and no other place to look in."""
    monkeypatch.setenv("MUSICML_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MUSICML_PROGRESS", "0")
    monkeypatch.delenv("MUSICML_DATA", raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    sha = lambda content: hashlib.sha256(content).hexdigest()  # noqa: E731
    jsb = download.Source(f"{server}/JSB_Chorales.mat", {"JSB_Chorales.mat": sha(ROLLS)})
    lastfm = download.Source(
        f"{server}/last.zip", {"user_artists.dat": sha(PLAYS), "artists.dat": sha(ARTISTS.encode())}
    )
    monkeypatch.setitem(download.SOURCES, "jsb", jsb)
    monkeypatch.setitem(download.SOURCES, "lastfm", lastfm)
    answers = {
        "/JSB_Chorales.mat": ROLLS,
        "/last.zip": archive(user_artists=PLAYS, artists=ARTISTS, tags="not needed"),
    }
    monkeypatch.setattr(Server, "answers", answers)
    monkeypatch.setattr(Server, "asked", [])
    return answers


def nothing_is_left(tmp_path):
    folder = tmp_path / "cache" / "corpora"
    return not folder.exists() or [path.name for path in folder.iterdir()] in ([], ["lock"])


# What goes right


def test_a_corpus_is_downloaded_once(web):
    for _ in range(2):
        corpus = corpora.load("jsb")
    assert Server.asked == ["/JSB_Chorales.mat"]
    for split in ("train", "valid", "test"):
        for ours, theirs in zip(getattr(corpus, split), ROLL_DATA[f"{split}data"][0], strict=True):
            assert ours.dtype == bool
            np.testing.assert_array_equal(ours, theirs)
    assert corpora.path("jsb") == corpora.get("jsb")
    assert (corpora.path("jsb") / "JSB_Chorales.mat").read_bytes() == ROLLS
    assert corpora.verify("jsb") == download.SOURCES["jsb"].files


def test_two_files_are_taken_out_of_an_archive(web):
    corpus = corpora.load("lastfm")
    folder = corpora.path("lastfm")
    assert sorted(path.name for path in folder.iterdir()) == [
        "artists.dat",
        "sha256.json",
        "user_artists.dat",
    ]
    assert corpus.users == (2, 5, 9) and corpus.items[0] == "Sigur Rós 1"
    plays = {
        (corpus.users[u], corpus.item_ids[i]): c
        for part in (corpus.train, corpus.valid, corpus.test)
        for u, i, c in zip(part.user, part.item, part.count, strict=True)
    }
    assert plays == {(u, a): 10 * u + a for u in (2, 5, 9) for a in range(1, 11)}
    for part, share in ((corpus.train, 7), (corpus.valid, 1), (corpus.test, 2)):
        assert np.bincount(part.user).tolist() == [share] * 3


def test_a_folder_of_musicml_data_comes_first(web, tmp_path, monkeypatch):
    places = [tmp_path / "empty", tmp_path / "mine"]
    monkeypatch.setenv("MUSICML_DATA", os.pathsep.join(map(str, places)))
    (places[1] / "jsb").mkdir(parents=True)
    (places[1] / "jsb" / "JSB_Chorales.mat").write_bytes(ROLLS)
    assert len(corpora.load("jsb").train) == 3
    assert corpora.path("jsb") == places[1] / "jsb"
    assert Server.asked == []


def test_a_file_put_beside_the_cache_by_hand_is_found(web):
    web["/JSB_Chorales.mat"] = 503
    with pytest.raises(DataError) as caught:
        corpora.load("jsb")
    folder = re.search(r"into (\S+) \(or", str(caught.value)).group(1)  # where the sentence says
    os.makedirs(folder)
    with open(os.path.join(folder, "JSB_Chorales.mat"), "wb") as file:
        file.write(ROLLS)
    assert len(corpora.load("jsb").test) == 2


def test_looking_does_not_download(web):
    facts = corpora.info("jsb")
    assert (facts["ready"], facts["default"], facts["path"]) == (False, False, None)
    assert facts["source"] == download.SOURCES["jsb"].url
    for look in (corpora.path, corpora.verify):
        with pytest.raises(DataError, match='"jsb" is not on this computer yet. Run: musicml data get jsb'):
            look("jsb")
    assert Server.asked == []


# What goes wrong


def test_no_network(web, tmp_path, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = unused.getsockname()[1]
    for host in (f"127.0.0.1:{closed}", "no-such-host.invalid"):
        source = download.Source(f"http://{host}/a.mat", {"JSB_Chorales.mat": "0" * 64})
        monkeypatch.setitem(download.SOURCES, "jsb", source)
        with pytest.raises(DataError) as caught:
            corpora.load("jsb")
        text = str(caught.value)
        assert (
            f'"jsb" must be downloaded once, and http://{host}/a.mat did not give it (ConnectionError)'
            in text
        )
        assert "connected to the internet" in text and "MUSICML_DATA" in text
        assert str(tmp_path / "cache" / "data" / "jsb") in text
        assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("status, said", [(404, "404 Not Found"), (500, "500 Internal Server Error")])
def test_the_server_has_it_no_longer(web, tmp_path, status, said):
    web["/JSB_Chorales.mat"] = status
    with pytest.raises(DataError, match=f"did not give it .{said}.* by hand, put JSB_Chorales.mat into"):
        corpora.load("jsb")
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("name, path", [("jsb", "/JSB_Chorales.mat"), ("lastfm", "/last.zip")])
def test_a_web_page_instead_of_the_file(web, tmp_path, name, path):
    good, web[path] = web[path], PAGE
    with pytest.raises(DataError, match="is a web page, not the file .* until one has logged in. Open that"):
        corpora.load(name)
    assert nothing_is_left(tmp_path)
    web[path] = good  # logged in
    assert len(corpora.load(name).train) > 0


@pytest.mark.parametrize(
    "content",
    [ROLLS[:-1], ROLLS + b"\0", bytes([ROLLS[0] ^ 1]) + ROLLS[1:], b""],
    ids=["shorter", "longer", "one bit", "empty"],
)
def test_a_wrong_hash(web, tmp_path, content):
    web["/JSB_Chorales.mat"] = content
    digest = hashlib.sha256(content).hexdigest()
    with pytest.raises(DataError, match=f"another sha256 than the published file: {digest} .* Try again"):
        corpora.load("jsb")
    assert nothing_is_left(tmp_path)


def test_a_connection_that_breaks_off(web, tmp_path):
    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(ROLLS)))
        handler.end_headers()
        handler.wfile.write(ROLLS[: len(ROLLS) // 2])

    web["/JSB_Chorales.mat"] = half
    with pytest.raises(DataError, match="must be downloaded once, and .* did not give it"):
        corpora.load("jsb")
    assert nothing_is_left(tmp_path)


def test_an_answer_without_end(web, tmp_path, monkeypatch):
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _ in range(400):  # 26 MB: no end to the reader, and not the end of the disk
                handler.wfile.write(bytes(1 << 16))
        except OSError:
            pass  # the reader has had enough

    monkeypatch.setattr(download, "LARGEST", 1_000_000)
    web["/JSB_Chorales.mat"] = endless
    with pytest.raises(DataError, match="has sent more than 1,000,000 bytes"):
        corpora.load("jsb")
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        archive(user_artists=PLAYS),
        archive(user_artists=PLAYS, artists=ARTISTS)[:-200],
        b"PK\x03\x04" + bytes(100),
    ],
    ids=["a file is missing", "cut off", "not a zip"],
)
def test_an_archive_that_is_none(web, tmp_path, content):
    web["/last.zip"] = content
    with pytest.raises(DataError, match="is not a zip archive with user_artists.dat and artists.dat"):
        corpora.load("lastfm")
    assert nothing_is_left(tmp_path)


def test_an_archive_with_other_plays(web, tmp_path):
    web["/last.zip"] = archive(user_artists=PLAYS.replace(b"\t21\r", b"\t22\r"), artists=ARTISTS)
    with pytest.raises(DataError, match="another sha256"):
        corpora.load("lastfm")
    assert nothing_is_left(tmp_path)


def test_a_bomb_is_not_unpacked(web, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "LARGEST", 1_000_000)
    web["/last.zip"] = archive(user_artists=bytes(2_000_000), artists=ARTISTS)
    with pytest.raises(DataError, match="is not a zip archive with"):
        corpora.load("lastfm")
    assert nothing_is_left(tmp_path)


def test_a_wrong_file_in_musicml_data_is_not_used(web, tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICML_DATA", str(tmp_path / "mine"))
    file = tmp_path / "mine" / "jsb" / "JSB_Chorales.mat"
    file.parent.mkdir(parents=True)
    file.write_bytes(ROLLS[:-1])
    for ask in (corpora.load, corpora.verify, corpora.get):
        with pytest.raises(DataError, match="JSB_Chorales.mat has another sha256 .* Delete it, and get http"):
            ask("jsb")
    file.write_bytes(PAGE)
    with pytest.raises(DataError, match="JSB_Chorales.mat is a web page"):
        corpora.load("jsb")
    assert Server.asked == []


def test_one_of_two_files_is_missing_in_musicml_data(web, tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICML_DATA", str(tmp_path))
    (tmp_path / "lastfm").mkdir()
    (tmp_path / "lastfm" / "user_artists.dat").write_bytes(PLAYS)
    with pytest.raises(DataError, match="artists.dat of the corpus .lastfm. cannot be read .No such file"):
        corpora.load("lastfm")


def test_a_downloaded_file_that_changed_later(web):
    file = corpora.get("jsb") / "JSB_Chorales.mat"
    file.write_bytes(ROLLS[:-1])
    with pytest.raises(DataError, match="another sha256"):
        corpora.load("jsb")


# The disk


def test_a_full_disk_in_the_middle_of_a_download(web, tmp_path, monkeypatch):
    def write(self, chunk):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(download.Limited, "write", write)
    with pytest.raises(DataError, match="the disk is full: .* Free some space .* MUSICML_CACHE"):
        corpora.load("jsb")
    assert nothing_is_left(tmp_path)
    monkeypatch.undo()


@pytest.fixture
def tiny_disk(tmp_path):
    """A disk of 64 kB, where this user may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
        done = subprocess.run(mount, capture_output=True).returncode == 0
    except OSError:
        done = False
    if not done:
        pytest.skip("this user may not mount a disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_truly_full(web, tiny_disk, monkeypatch):
    big = np.random.default_rng(0).bytes(200_000)
    web["/JSB_Chorales.mat"] = big
    monkeypatch.setenv("MUSICML_CACHE", str(tiny_disk))
    with pytest.raises(DataError, match="the disk is full"):
        corpora.load("jsb")
    assert [path.name for path in (tiny_disk / "corpora").iterdir()] == ["lock"]


def test_a_cache_in_which_this_user_may_not_write(web, tmp_path, monkeypatch):
    def mkdtemp(*arguments, **options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(cache.tempfile, "mkdtemp", mkdtemp)
    with pytest.raises(DataError, match="this user may not write there .Read-only file system.. Set the var"):
        corpora.load("jsb")


def test_a_truly_read_only_cache(web, tmp_path):
    """What is in it is read; what is not says where to write instead."""
    folder = corpora.get("jsb").parent
    (folder / "lock").unlink()
    mount = ["mount", "--bind", "-o", "ro", str(folder), str(folder)]
    try:
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("this user may not mount a disk")
    except OSError:
        pytest.skip("no mount here")
    try:
        assert len(corpora.load("jsb").train) == 3
        with pytest.raises(DataError, match="this user may not write there"):
            corpora.load("lastfm")
    finally:
        subprocess.run(["umount", str(folder)], check=True)


# The published files


def have(name):
    if not corpora.is_ready(name):
        pytest.skip(f"{name} is not on this computer; MUSICML_DATA names no folder that has it")
    return corpora.load(name)


@pytest.mark.parametrize("name", corpora.DOWNLOADED)
def test_cards_of_published_corpora_are_in_step(name):
    corpus = have(name)
    assert corpora.info(name)["published_splits"], corpus.splits_hash
    text = cards.path(name).read_text(encoding="utf-8")
    assert cards.with_facts(text, corpus) == text, f"run: python -m musicml.corpora card {name} --write"
    for digest in corpora.verify(name).values():
        assert digest in text


@pytest.mark.parametrize("name, counts", [("jsb", (229, 76, 77)), ("nottingham", (694, 173, 170))])
def test_rolls(name, counts):
    corpus = have(name)
    assert tuple(map(len, (corpus.train, corpus.valid, corpus.test))) == counts
    for piece in (*corpus.train, *corpus.valid, *corpus.test):
        assert piece.dtype == bool and piece.shape[1] == 88


def test_the_unigram_of_the_literature_comes_out():
    """Boulanger-Lewandowski et al. 2012, table 1, "Note 1-gram": 11.06 and 10.25 nats a frame."""
    for name, published_nats in (("jsb", 11.06), ("nottingham", 10.25)):
        corpus = have(name)
        p = np.clip(np.concatenate(corpus.train).mean(axis=0), 1e-12, None)
        test = np.concatenate(corpus.test)
        nats = -(test @ np.log(p) + ~test @ np.log1p(-p)).mean()
        assert abs(nats - published_nats) < 0.02


def test_voices():
    corpus = have("jsb16")
    for piece in (*corpus.train, *corpus.valid, *corpus.test):
        assert piece.dtype == np.int16 and piece.shape[1] == 4 and -1 <= piece.min() and piece.max() <= 81
    assert corpus.train[0][0].tolist() == [74, 70, 65, 58]


def test_the_overlap_on_the_card_is_the_one_that_the_chorales_card_tells():
    corpus = have("jsb16")
    lines = [[published.top_line(piece) for piece in part] for part in (corpus.test, corpus.train)]
    leaks = sum(share >= 0.5 for share in corpora.splits.overlap(*lines))
    assert f"{leaks} of its 77 test sopranos" in " ".join(cards.path("chorales").read_text().split())
    assert f"it is {leaks} of 77" in " ".join(cards.path("jsb").read_text().split())


def test_jsb_plays_an_octave_lower():
    """What the card says: the two files have the same music, in C and an octave up in one of them."""
    rolls, voices = have("jsb"), have("jsb16")

    def mean(pieces):
        top = np.concatenate([published.top_line(piece) for piece in pieces])
        return top.mean()

    assert 10 < mean(rolls.train) - mean(voices.train) < 14


def test_the_top_line():
    roll = np.zeros((5, 88), bool)
    roll[0, [10, 40]] = roll[1, 40] = roll[3, 40] = roll[4, 87] = True
    assert published.top_line(roll).tolist() == [61, 61, 108]
    grid = np.array([[60, 50, 40, 30], [60, 50, 40, 30], [-1, 50, 40, 30], [62, -1, -1, -1]], np.int16)
    assert published.top_line(grid).tolist() == [60, 62]


def test_lastfm():
    corpus = have("lastfm")
    assert (len(corpus.users), len(corpus.items)) == (1892, 17632)
    parts = corpus.train, corpus.valid, corpus.test
    assert sum(map(len, parts)) == 92834
    pairs = {(u, i) for part in parts for u, i in zip(part.user.tolist(), part.item.tolist(), strict=True)}
    assert len(pairs) == 92834, "a pair stands in two parts"
    assert len(np.unique(corpus.train.user)) == 1892  # nobody is unknown
    assert {"Sigur Rós", "Radiohead", "Beyoncé"} <= set(corpus.items)
    u, i = corpus.users.index(2), corpus.item_ids.index(51)
    assert corpus.items[i] == "Duran Duran"
    found = [p.count[(p.user == u) & (p.item == i)].tolist() for p in parts]
    assert sum(found, []) == [13883]


def test_unknown_names():
    for ask in (corpora.get, corpora.path, corpora.verify, corpora.info, corpora.load):
        with pytest.raises(MusicMLError, match='unknown corpus "lastfn"; did you mean "lastfm"'):
            ask("lastfn")
