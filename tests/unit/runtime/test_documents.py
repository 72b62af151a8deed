"""Documents come back as they were put in, or not at all."""

import threading
from hashlib import sha256
from pathlib import Path

import pytest

from kouan.runtime.documents import SMALL_BYTES, DocumentError, Documents
from kouan.runtime.journal import Journal
from tests.unit.runtime.support import toy_header

SMALL = b"a declaration"
LARGE = b"x" * (SMALL_BYTES + 1)


@pytest.mark.parametrize("content", [b"", SMALL, b"y" * SMALL_BYTES, LARGE])
def test_document_lasts_from_the_next_commit_on(place: str, tmp_path: Path, content: bytes) -> None:
    with Journal.create(place, toy_header("live")) as journal:
        documents = Documents(journal, tmp_path / "documents")
        hash_hex = documents.put(content, "text/plain")
        assert hash_hex == sha256(content).hexdigest()
        assert documents.get(hash_hex) == (content, "text/plain"), "at once, in this process"
        other = Documents(journal, tmp_path / "documents")
        with pytest.raises(DocumentError, match="is unknown"):
            other.get(hash_hex)
        journal.commit()
        assert other.get(hash_hex) == (content, "text/plain")
        assert documents.get(hash_hex) == (content, "text/plain")
    with Journal.open(place) as journal:
        again = Documents(journal, tmp_path / "documents")
        assert again.get(hash_hex) == (content, "text/plain")
        assert again.total_bytes == len(content)


def test_only_large_documents_are_files(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "journal.sqlite", toy_header()) as journal:
        documents = Documents(journal, tmp_path / "documents")
        documents.put(SMALL, "text/plain")
        hash_hex = documents.put(LARGE, "image/png")
    files = [path for path in (tmp_path / "documents").rglob("*") if path.is_file()]
    assert files == [tmp_path / "documents" / hash_hex[:2] / hash_hex]
    assert files[0].read_bytes() == LARGE


def test_same_document_is_kept_once(place: str, tmp_path: Path) -> None:
    with Journal.create(place, toy_header()) as journal:
        documents = Documents(journal, tmp_path / "documents")
        hashes = [documents.put(SMALL, "text/plain") for _ in range(3)]
        journal.commit()
        hashes += [documents.put(SMALL, "text/plain"), documents.put(LARGE, "image/png")]
        assert len(dict.fromkeys(hashes)) == 2
        assert documents.total_bytes == len(SMALL) + len(LARGE)


@pytest.mark.parametrize("content", [SMALL, LARGE])
@pytest.mark.parametrize("committed", [True, False])
def test_forgotten_document_is_gone_and_known_to_have_been(
    place: str, tmp_path: Path, content: bytes, committed: bool
) -> None:
    with Journal.create(place, toy_header()) as journal:
        documents = Documents(journal, tmp_path / "documents")
        hash_hex = documents.put(content, "text/plain")
        if committed:
            journal.commit()
        for _ in range(2):
            documents.forget(hash_hex)
            with pytest.raises(DocumentError, match="was deleted"):
                documents.get(hash_hex)
        assert documents.total_bytes == 0
    assert [path for path in (tmp_path / "documents").rglob("*") if path.is_file()] == []
    with Journal.open(place) as journal:
        documents = Documents(journal, tmp_path / "documents")
        with pytest.raises(DocumentError, match="was deleted"):
            documents.get(hash_hex)
        assert documents.put(content, "text/html") == hash_hex
        assert documents.get(hash_hex) == (content, "text/html")
        journal.commit()
        assert documents.get(hash_hex) == (content, "text/html")


def test_forgotten_content_is_nowhere_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with Journal.create(path, toy_header()) as journal:
        documents = Documents(journal, tmp_path / "documents")
        hash_hex = documents.put(b"a name that must go", "text/plain")
        journal.commit()
    assert b"a name that must go" in path.read_bytes()
    with Journal.open(path) as journal:
        Documents(journal, tmp_path / "documents").forget(hash_hex)
    assert b"a name that must go" not in path.read_bytes()


def test_changed_or_missing_content_is_never_handed_out(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "journal.sqlite", toy_header()) as journal:
        documents = Documents(journal, tmp_path / "documents")
        small, large = documents.put(SMALL, "text/plain"), documents.put(LARGE, "image/png")
        journal.commit()
        with journal.engine.begin() as connection:
            change = f"UPDATE document SET content = CAST('b' AS BLOB) WHERE hash = '{small}'"
            connection.exec_driver_sql(change)
        file = tmp_path / "documents" / large[:2] / large
        file.write_bytes(LARGE[:-1])
        for hash_hex in (small, large):
            with pytest.raises(DocumentError, match="its hash differs"):
                documents.get(hash_hex)
        file.unlink()
        with pytest.raises(DocumentError, match="the file is missing"):
            documents.get(large)
        for act in (documents.get, documents.forget):
            with pytest.raises(DocumentError, match=r"passwd is unknown"):
                act("../../passwd")


def test_bounds_hold(place: str, tmp_path: Path) -> None:
    with Journal.create(place, toy_header()) as journal:
        folder = tmp_path / "documents"
        documents = Documents(journal, folder, most_bytes=25, largest_bytes=20)
        with pytest.raises(DocumentError, match="21 bytes: at most 20"):
            documents.put(b"a" * 21, "text/plain")
        kept = documents.put(b"a" * 20, "text/plain")
        with pytest.raises(DocumentError, match="take 20 bytes and 6 more would pass"):
            documents.put(b"b" * 6, "text/plain")
        documents.put(b"b" * 5, "text/plain")
        documents.forget(kept)
        documents.put(b"c" * 20, "text/plain")


def test_threads_put_side_by_side(place: str, tmp_path: Path) -> None:
    with Journal.create(place, toy_header()) as journal:
        documents = Documents(journal, tmp_path / "documents")
        contents = [b"%d" % number for number in range(120)]

        def put(part: list[bytes]) -> None:
            for content in part:
                documents.put(content, "text/plain")
                journal.commit()

        threads = [threading.Thread(target=put, args=(contents[n::3],)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for content in contents:
            assert documents.get(sha256(content).hexdigest())[0] == content
