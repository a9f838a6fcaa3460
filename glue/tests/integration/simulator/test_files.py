"""Files that predictions put out: what they hold, how large they are, how their downloads go wrong, and when they are gone."""

from __future__ import annotations

import hashlib
import time
import zlib
from base64 import b64decode
from typing import Any

import httpx
import pytest

from basepool.simulator import SimulatorServer
from basepool.simulator.media import CONTENTS, film, instead, picture
from tests.integration.simulator.support import Api, eventually
from tests.support import PATIENCE_SECONDS


def _urls(api: Api, prompt: str, model: str = "acme/painter", **given: Any) -> list[str]:
    """The files of a prediction that has succeeded."""
    output = api.end_of(api.create(prompt, model=model, input=given).json()["id"])["output"]
    return [output] if isinstance(output, str) else list(output)


def _url(api: Api, prompt: str, model: str = "acme/painter", **given: Any) -> str:
    [url] = _urls(api, prompt, model, **given)
    return url


def _get(url: str, **options: Any) -> httpx.Response:
    return httpx.get(url, trust_env=False, timeout=PATIENCE_SECONDS, **options)


def test_no_two_files_are_equal(api: Api, sim: SimulatorServer) -> None:
    urls = [
        *(url for format in ("png", "jpg", "webp") for url in _urls(api, "x", output_format=format, num_outputs=3)),
        *(_url(api, str(number), "minimax/video-01") for number in range(2)),
    ]
    assert len({_get(url).content for url in urls}) == len(urls) == 11


@pytest.mark.parametrize("size", [0, 5_000, 65_536, 1_234_567])
def test_files_have_the_size_that_is_asked_for(api: Api, sim: SimulatorServer, size: int) -> None:
    for model, given in (("acme/painter", {"output_format": "png"}), ("acme/painter", {}), ("minimax/video-01", {})):
        url = _url(api, f"[sim:output_bytes={size}]", model, **given)
        answer = _get(url)
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert len(answer.content) == (size or len(answer.content)) < 5_000 + size
        [listed] = [file for file in sim.files() if file["url"] == url]
        assert listed["sha256"] == hashlib.sha256(answer.content).hexdigest()
        assert (listed["size"], listed["downloads"], listed["is_deleted"]) == (len(answer.content), 1, False)
        assert listed["content_type"] == answer.headers["content-type"]


def test_a_large_file_takes_no_memory() -> None:
    """Nor is it made before it is sent."""
    large = film("a", 2**40)
    assert large.size == 2**40
    pieces = large.pieces()
    assert sum(len(next(pieces)) for _ in range(100)) < 10_000_000


def test_the_padding_is_in_a_box_that_players_skip() -> None:
    content = film("a", 100_000).content
    boxes = []
    while content:
        length = int.from_bytes(content[:4], "big")
        boxes.append(content[4:8])
        content = content[length if length > 1 else int.from_bytes(content[8:16], "big") :]
    assert boxes == [b"ftyp", b"moov", b"free", b"mdat", b"free"]


def test_files_are_served_to_whoever_looks_first(api: Api) -> None:
    url = _url(api, "[sim:output_bytes=3000000]")
    head = httpx.head(url, trust_env=False, timeout=PATIENCE_SECONDS)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "3000000", b"")


def test_files_that_are_not_what_their_names_say(api: Api) -> None:
    def content(of: str) -> bytes:
        url = _url(api, f"[sim:content={of}]", output_format="png")
        answer = _get(url)
        assert url.endswith(".png")
        assert answer.headers["content-type"] == "image/png"
        return answer.content

    assert set(CONTENTS) == {"bomb", "html", "svg", "broken", "empty"}
    bomb = content("bomb")
    assert bomb[16:24] == (30_000).to_bytes(4, "big") * 2
    assert len(bomb) < 200_000
    assert content("html").startswith(b"<!DOCTYPE html>")
    assert b"<svg" in content("svg")
    assert content("broken").startswith(b"\x89PNG")
    assert content("empty") == b""
    assert len(content("broken")) == picture("png", "x").size
    assert api.create("[sim:content=soap]").status_code == 422
    assert api.create("[sim:output_bytes=many]").status_code == 422


def test_the_bomb_is_a_whole_picture_of_a_gigabyte() -> None:
    content = instead(picture("png", "x"), "bomb").content
    length = int.from_bytes(content[33:37], "big")
    unpacker, size = zlib.decompressobj(), 0
    packed = content[41 : 41 + length]
    while not unpacker.eof:
        size += len(unpacker.decompress(packed, 10_000_000))
        packed = unpacker.unconsumed_tail
    assert (content[37:41], size) == (b"IDAT", 30_000 * 3_751)


def test_data_urls_too(api: Api) -> None:
    [url] = _urls(api, "[sim:output=data][sim:output_bytes=5000]")
    assert len(b64decode(url.partition(",")[2])) == 5_000
    [url] = _urls(api, "[sim:output=data][sim:content=html]")
    assert b64decode(url.partition(",")[2]).startswith(b"<!DOCTYPE html>")


# -- downloads that go wrong


def test_a_length_that_is_a_lie(api: Api) -> None:
    for prompt in ("[sim:file_length]", "[sim:file_length=100000000]", "[sim:file_length][sim:output_bytes=3000000]"):
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            _get(_url(api, prompt))
    cut = _get(_url(api, "[sim:file_length=50]"))
    assert len(cut.content) == 50


@pytest.mark.parametrize("size", [0, 3_000_000])
def test_half_a_file(api: Api, size: int) -> None:
    url = _url(api, f"[sim:file_truncated][sim:output_bytes={size}]")
    with pytest.raises(httpx.TransportError):
        _get(url)


def test_without_a_length(api: Api) -> None:
    url = _url(api, "[sim:file_chunked]")
    answer = _get(url)
    assert "content-length" not in answer.headers
    assert answer.content == _get(f"{url}?direct").content


def test_a_file_without_an_end(api: Api, sim: SimulatorServer) -> None:
    """Others are served meanwhile."""
    url = _url(api, "[sim:file_endless]")
    with httpx.stream("GET", url, trust_env=False, timeout=PATIENCE_SECONDS) as answer:
        assert "content-length" not in answer.headers
        seen = 0
        for piece in answer.iter_raw():
            seen += len(piece)
            if seen > 20_000_000:
                break
        assert _get(f"{url}?direct").content.startswith(b"RIFF")


def test_a_file_that_dribbles(api: Api) -> None:
    url = _url(api, "[sim:file_dribble=0.05]")
    began = time.monotonic()
    with httpx.stream("GET", url, trust_env=False, timeout=PATIENCE_SECONDS) as answer:
        pieces = answer.iter_raw()
        assert b"".join(next(pieces) for _ in range(5)).startswith(b"RIFF")
    assert time.monotonic() - began >= 0.15


def test_a_download_that_never_begins(api: Api) -> None:
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(_url(api, "[sim:file_hang]"), trust_env=False, timeout=httpx.Timeout(PATIENCE_SECONDS, read=0.2))


def test_redirects(api: Api) -> None:
    url = _url(api, "[sim:file_redirect]")
    answer = _get(url)
    assert (answer.status_code, answer.headers["location"]) == (302, f"{url}?direct=")
    assert _get(url, follow_redirects=True).content.startswith(b"RIFF")
    elsewhere = _get(_url(api, "[sim:file_redirect=http://169.254.169.254/latest]"))
    assert elsewhere.headers["location"] == "http://169.254.169.254/latest"


def test_what_was_compressed_though_nobody_asked(api: Api) -> None:
    url = _url(api, "[sim:file_gzip]")
    with httpx.stream(
        "GET", url, trust_env=False, timeout=PATIENCE_SECONDS, headers={"accept-encoding": "identity"}
    ) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        raw = b"".join(answer.iter_raw())
    assert zlib.decompress(raw, wbits=31) == _get(f"{url}?direct").content
    bomb = _url(api, "[sim:file_gzip=50000000]")
    with httpx.stream("GET", bomb, trust_env=False, timeout=PATIENCE_SECONDS) as answer:
        raw = b"".join(answer.iter_raw())
    assert len(raw) < 100_000
    assert len(zlib.decompress(raw, wbits=31)) == 50_000_000


def test_a_type_that_is_a_lie(api: Api) -> None:
    url = _url(api, "[sim:file_type]")
    assert _get(url).headers["content-type"] == "text/html"
    assert _get(url).content == _get(f"{url}?direct").content
    assert _get(_url(api, "[sim:file_type=image/svg+xml]")).headers["content-type"] == "image/svg+xml"


def test_the_next_downloads_only(api: Api, sim: SimulatorServer) -> None:
    url = _url(api, "x")
    sim.set_faults(next={"file_error=403": 1, "file_error=410": 1})
    assert [_get(url).status_code for _ in range(3)] == [403, 410, 200]
    assert sim.files()[0]["downloads"] == 3


# -- the end of a file


def test_the_operator_deletes_all_files_as_if_an_hour_had_passed(api: Api, sim: SimulatorServer) -> None:
    made = [api.create("x", input={"num_outputs": 2}).json()["id"] for _ in range(2)]
    urls = [url for each in made for url in api.end_of(each)["output"]]
    running = api.create("[sim:stuck_processing]").json()["id"]
    before = {file["url"]: file["sha256"] for file in sim.files()}
    assert sorted(before) == sorted(urls)
    assert sim.delete_files() == 4
    assert sim.delete_files() == 0
    assert {_get(url).status_code for url in urls} == {404}
    for each in made:
        shown = api.show(each)
        assert (shown["status"], shown["output"], shown["data_removed"]) == ("succeeded", None, True)
    assert not api.show(running)["data_removed"]
    after = sim.files()
    assert {file["url"]: file["sha256"] for file in after} == before
    assert {file["is_deleted"] for file in after} == {True}


def test_files_go_when_their_hour_is_over(api: Api, sim: SimulatorServer) -> None:
    sim.configure(data_kept_seconds=1)
    api.end_of(api.create("x").json()["id"])
    [file] = eventually(lambda: [file for file in sim.files() if file["is_deleted"]])
    assert _get(file["url"]).status_code == 404
