"""Thumbnails of real files, which the tests make with libvips and ffmpeg; and files that break, hang or fill a decoder."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import struct
import subprocess
import sys
import wave
import zlib
from collections.abc import AsyncIterator, Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import psutil
import pytest
import pyvips

from basepool.simulator import media
from basepool.store import draw, kinds, pictures
from basepool.store.kinds import HEAD_BYTES, Kind, settle, sniff
from basepool.store.pictures import Limits, Picture, make_thumbnail
from tests.support import PATIENCE_SECONDS, eventually

_PATIENT = Limits(seconds=PATIENCE_SECONDS)
"""For what is to be drawn, however busy the machine is."""

_RED, _GREEN, _BLUE, _WHITE = (220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)


async def _draw(path: Path, kind: Kind | None = None, limits: Limits = _PATIENT) -> tuple[Picture | None, Any]:
    """What is found out about a file, and its thumbnail as a picture of libvips."""
    target = path.with_name(f"{path.name}-thumb.webp")
    target.unlink(missing_ok=True)
    picture = await make_thumbnail(path, kind or _kind_of(path), target, limits)
    if picture is None or not picture.has_thumbnail:
        assert not target.exists()
        return picture, None
    return picture, pyvips.Image.new_from_buffer(target.read_bytes(), "")


def _kind_of(path: Path) -> Kind:
    with path.open("rb") as file:
        return settle(sniff(file.read(HEAD_BYTES)), path.suffix, None)


def _plain(width: int, height: int, colour: tuple[int, ...] = _RED) -> Any:
    return (
        (pyvips.Image.black(width, height, bands=len(colour)) + list(colour)).cast("uchar").copy(interpretation="srgb")
    )


def _quarters(width: int = 640, height: int = 320) -> Any:
    """Red, green, blue and white, from the top left."""
    return pyvips.Image.arrayjoin(
        [_plain(width // 2, height // 2, colour) for colour in (_RED, _GREEN, _BLUE, _WHITE)], across=2
    ).copy_memory()


def _noise() -> Any:
    """Nothing that could be compressed."""
    noise = pyvips.Image.gaussnoise(300, 200, mean=128, sigma=60, seed=1).cast("uchar")
    return noise.bandjoin([noise, noise]).copy(interpretation="srgb")


def _save(path: Path, image: Any, **options: Any) -> Path:
    image.write_to_file(str(path), **options)
    return path


def _at(image: Any, x: float, y: float) -> list[int]:
    """The colour at a part of width and height."""
    return [round(value) for value in image(int(image.width * x), int(image.height * y))]


def _is(seen: list[int], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(seen, wanted, strict=True))


def _names(image: Any) -> list[str]:
    """The colours of a thumbnail's quarters."""
    known = {"red": _RED, "green": _GREEN, "blue": _BLUE, "white": _WHITE}
    return [
        next((name for name, colour in known.items() if _is(_at(image, x, y)[:3], colour)), "?")
        for y in (0.25, 0.75)
        for x in (0.25, 0.75)
    ]


@pytest.fixture(autouse=True)
def _only_what_we_say(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever level an earlier test has set. The tests make pictures in this process, and libvips speaks of its threads."""
    caplog.set_level(logging.ERROR, "pyvips")
    caplog.set_level(logging.INFO, "basepool")


# -- pictures


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.avif", "a.tif"])
async def test_a_picture_of_each_kind(tmp_path: Path, name: str) -> None:
    picture, thumbnail = await _draw(_save(tmp_path / name, _quarters(1280, 640)))
    assert picture == Picture(1280, 640, None, True)
    assert (thumbnail.width, thumbnail.height) == (512, 256)
    assert (thumbnail.get("vips-loader"), thumbnail.interpretation, thumbnail.format) == (
        "webpload_buffer",
        "srgb",
        "uchar",
    )
    assert _names(thumbnail) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize(
    ("width", "height", "thumb_width", "thumb_height"),
    [
        (1, 1, 1, 1),
        (300, 200, 300, 200),
        (512, 512, 512, 512),
        (1, 20000, 1, 512),
        (20000, 1, 512, 1),
        (400, 4000, 51, 512),
    ],
)
async def test_it_is_made_smaller_and_never_larger(
    tmp_path: Path, width: int, height: int, thumb_width: int, thumb_height: int
) -> None:
    picture, thumbnail = await _draw(_save(tmp_path / "a.png", _plain(width, height)))
    assert picture == Picture(width, height, None, True)
    assert (thumbnail.width, thumbnail.height) == (thumb_width, thumb_height)


@pytest.mark.parametrize(
    ("orientation", "shown"),
    [
        (1, ["red", "green", "blue", "white"]),
        (2, ["green", "red", "white", "blue"]),
        (3, ["white", "blue", "green", "red"]),
        (4, ["blue", "white", "red", "green"]),
        (5, ["red", "blue", "green", "white"]),
        (6, ["blue", "red", "white", "green"]),
        (7, ["white", "green", "blue", "red"]),
        (8, ["green", "white", "red", "blue"]),
    ],
)
async def test_it_is_turned_as_its_exif_says(tmp_path: Path, orientation: int, shown: list[str]) -> None:
    image = _quarters().copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    picture, thumbnail = await _draw(_save(tmp_path / "a.jpg", image))
    is_upright = orientation < 5
    assert picture == Picture(640 if is_upright else 320, 320 if is_upright else 640, None, True)
    assert (thumbnail.width, thumbnail.height) == ((512, 256) if is_upright else (256, 512))
    assert _names(thumbnail) == shown
    assert not thumbnail.get_typeof("orientation")


@pytest.mark.parametrize("name", ["a.webp", "a.gif"])
async def test_of_an_animation_its_first_frame(tmp_path: Path, name: str) -> None:
    frames = pyvips.Image.arrayjoin([_plain(60, 40, colour) for colour in (_RED, _GREEN, _BLUE)], across=1).copy()
    frames.set_type(pyvips.GValue.gint_type, "page-height", 40)
    frames.set_type(pyvips.GValue.array_int_type, "delay", [500, 500, 1000])
    picture, thumbnail = await _draw(_save(tmp_path / name, frames))
    assert picture == Picture(60, 40, 2.0, True)
    assert (thumbnail.width, thumbnail.height, thumbnail.get_typeof("n-pages")) == (60, 40, 0)
    assert _is(_at(thumbnail, 0.5, 0.5)[:3], _RED)


async def test_what_is_transparent_stays_so(tmp_path: Path) -> None:
    image = _plain(100, 100, (*_RED, 255)).draw_rect([*_RED, 0], 0, 0, 50, 100, fill=True)
    _, thumbnail = await _draw(_save(tmp_path / "a.png", image))
    assert thumbnail.bands == 4
    assert _at(thumbnail, 0.25, 0.5)[3] == 0
    assert _at(thumbnail, 0.75, 0.5)[3] == 255


async def test_colours_of_print_are_shown(tmp_path: Path) -> None:
    for name, options in (("with.jpg", {}), ("without.jpg", {"keep": "none"})):
        _, thumbnail = await _draw(_save(tmp_path / name, _quarters().colourspace("cmyk"), **options))
        assert (thumbnail.bands, thumbnail.interpretation) == (3, "srgb")
        assert _names(thumbnail)[0] == "red"


async def test_colours_of_a_wide_gamut_are_converted(tmp_path: Path) -> None:
    """The numbers mean other colours there, and the thumbnail has no profile that would say so."""
    image = _plain(100, 100, (200, 60, 60)).icc_export(output_profile="p3")
    assert _at(image, 0.5, 0.5)[0] < 190
    _, thumbnail = await _draw(_save(tmp_path / "a.png", image))
    assert all(abs(one - other) <= 6 for one, other in zip(_at(thumbnail, 0.5, 0.5), (200, 60, 60), strict=True))
    assert not thumbnail.get_typeof("icc-profile-data")


async def test_a_profile_that_is_none_spoils_nothing(tmp_path: Path) -> None:
    image = _quarters().copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", b"rubbish" * 50)
    _, thumbnail = await _draw(_save(tmp_path / "a.jpg", image))
    assert _names(thumbnail) == ["red", "green", "blue", "white"]


async def test_other_depths_and_greys(tmp_path: Path) -> None:
    grey = _plain(100, 50, (120,)).copy(interpretation="b-w")
    made = {
        "16.png": (_quarters() * 257).cast("ushort").copy(interpretation="rgb16"),
        "grey.png": grey,
        "grey.jpg": grey,
        "grey16.png": (grey * 257).cast("ushort").copy(interpretation="grey16"),
        "grey-alpha.png": grey.bandjoin(128).copy(interpretation="b-w"),
        "lab.tif": _quarters().colourspace("lab"),
        "float.tif": _quarters().colourspace("scrgb"),
    }
    for name, image in made.items():
        picture, thumbnail = await _draw(_save(tmp_path / name, image))
        assert picture == Picture(image.width, image.height, None, True), name
        assert thumbnail.format == "uchar", name
        if name.startswith("grey"):
            assert all(abs(value - 120) < 6 for value in _at(thumbnail, 0.5, 0.5)[:3]), name
        else:
            assert _names(thumbnail) == ["red", "green", "blue", "white"], name


async def test_nothing_of_what_is_said_about_a_picture_is_kept(tmp_path: Path) -> None:
    image = _quarters().copy()
    image.set_type(
        pyvips.GValue.gstr_type, "exif-ifd3-GPSLatitude", "52/1 30/1 0/1 (52, 30,  0, Rational, 3 components, 24 bytes)"
    )
    image.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x>prompt: a secret</x>")
    path = _save(tmp_path / "a.jpg", image)
    assert b"a secret" in path.read_bytes()
    _, thumbnail = await _draw(path)
    assert [name for name in thumbnail.get_fields() if "exif" in name or "xmp" in name or "icc" in name] == []


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
async def test_bytes_behind_the_end_do_not_matter(tmp_path: Path, name: str) -> None:
    path = _save(tmp_path / name, _quarters())
    path.write_bytes(path.read_bytes() + os.urandom(100_000))
    picture, _ = await _draw(path)
    assert picture == Picture(640, 320, None, True)


# -- files that are bad for a decoder


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp", "a.gif", "a.avif", "a.tif"])
async def test_what_is_cut_short_has_no_thumbnail(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Half of it in grey would look as if the picture were so."""
    path = _save(tmp_path / name, _noise())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    picture, thumbnail = await _draw(path)
    assert thumbnail is None
    assert picture in (None, Picture(300, 200, None, False))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert caplog.messages[0].startswith(f"no thumbnail of {name} (image/")


async def test_rubbish_behind_a_right_beginning(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "a.webp", "a.gif", "a.avif", "a.tif"):
        path = _save(tmp_path / name, _noise())
        content = path.read_bytes()
        for kept in (12, 40, 200):
            path.write_bytes(content[:kept] + random.Random(name).randbytes(5_000))
            _, thumbnail = await _draw(path)
            assert thumbnail is None, (name, kept)


async def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.touch()
    assert await _draw(path) == (None, None)
    assert await _draw(path, kinds.PNG) == (None, None)


def _png(width: int, height: int, *, is_interlaced: bool = False) -> bytes:
    """A PNG of one bit a pixel, with a palette of colours: small as a file, and three bytes a pixel when it is decoded."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    # the seven passes of Adam7: where they begin, and how far apart their pixels are
    passes = (
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        if is_interlaced
        else [(0, 0, 1, 1)]
    )
    packer = zlib.compressobj(1)
    data = b""
    for left, top, right, down in passes:
        columns, rows = -(-(width - left) // right), -(-(height - top) // down)
        data += packer.compress(bytes((1 + -(-columns // 8)) * rows))
    header = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, int(is_interlaced))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"PLTE", bytes(_RED + _WHITE))
        + chunk(b"IDAT", data + packer.flush())
        + chunk(b"IEND", b"")
    )


async def test_a_picture_of_900_megapixels_is_not_decoded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(_png(30_000, 30_000))
    assert path.stat().st_size < 1_000_000
    picture, _ = await _draw(path)
    assert picture == Picture(30_000, 30_000, None, False)
    assert "30000 x 30000 are more than 300000000 pixels" in caplog.text


async def test_a_large_picture_within_the_limit_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(_png(10_000, 5_000))
    picture, thumbnail = await _draw(path)
    assert picture == Picture(10_000, 5_000, None, True)
    assert _is(_at(thumbnail, 0.5, 0.5), _RED)


async def test_more_memory_than_it_may_take_is_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of an interlaced picture all has to be held: here 192 MB."""
    path = tmp_path / "interlaced.png"
    path.write_bytes(_png(8_000, 8_000, is_interlaced=True))
    picture, _ = await _draw(path, limits=Limits(seconds=PATIENCE_SECONDS, memory_bytes=200_000_000))
    assert picture is None or not picture.has_thumbnail
    assert "no thumbnail of interlaced.png" in caplog.text
    picture, _ = await _draw(path)
    assert picture == Picture(8_000, 8_000, None, True)


async def test_a_file_goes_to_the_decoder_of_what_it_is_and_to_no_other(tmp_path: Path) -> None:
    """Whoever takes one thing for another finds no second decoder that takes it."""
    picture = _save(tmp_path / "a.jpg", _quarters())
    assert await _draw(picture, kinds.PNG) == (None, None)
    assert await _draw(picture, kinds.HEIC) == (None, None)
    text = tmp_path / "a.csv"
    text.write_text("1,2\n3,4\n")
    assert await _draw(text, kinds.GIF) == (None, None)


async def test_pages_and_drawings_are_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    _save(secret, _quarters())
    drawing = tmp_path / "drawing.png"
    drawing.write_text(
        f"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='9' height='9'>"
        f"<image width='9' height='9' xlink:href='file://{secret}'/></svg>"
    )
    page = tmp_path / "page.png"
    page.write_text("<!doctype html><script>alert(1)</script>")
    for path in (drawing, page):
        assert not _kind_of(path).is_inline
        assert await _draw(path) == (None, None)
        for kind in (kinds.PNG, kinds.TIFF, kinds.WEBP):
            assert await _draw(path, kind) == (None, None)


async def test_a_codec_that_is_not_there_costs_the_thumbnail(tmp_path: Path) -> None:
    path = _save(tmp_path / "a.avif", _quarters())
    path.write_bytes(
        path.read_bytes().replace(b"av01", b"hvc1").replace(b"av1C", b"hvcC").replace(b"ftypavif", b"ftypheic")
    )
    assert _kind_of(path) == kinds.HEIC
    _, thumbnail = await _draw(path)
    assert thumbnail is None


# -- the process that draws


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _drawers() -> list[psutil.Process]:
    """The processes that draw, of this test process."""
    return [child for child in psutil.Process().children() if _is_alive(child) and draw.__file__ in child.cmdline()]


def _drawing() -> list[psutil.Process]:
    """Their children, each with a file."""
    return [child for drawer in _drawers() for child in drawer.children() if _is_alive(child)]


@pytest.fixture
def hanging(tmp_path: Path) -> Path:
    """A file that nobody has ever finished reading: a pipe into which nobody writes."""
    path = tmp_path / "hanging.jpg"
    os.mkfifo(path)
    return path


@pytest.fixture
async def begun(hanging: Path) -> AsyncIterator[asyncio.Task[Picture | None]]:
    """A drawing that hangs."""
    before = {child.pid for child in _drawing()}
    task = asyncio.create_task(make_thumbnail(hanging, kinds.JPEG, hanging.with_suffix(".webp"), _PATIENT))
    await _until(lambda: {child.pid for child in _drawing()} - before)
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _until(look: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(eventually, look)


async def _draws(tmp_path: Path) -> bool:
    picture, _ = await _draw(_save(tmp_path / "next.jpg", _quarters()))
    return picture == Picture(640, 320, None, True)


async def test_a_file_that_hangs_its_decoder_is_given_up(
    hanging: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert await _draws(tmp_path)
    drawers = {drawer.pid for drawer in _drawers()}
    assert await _draw(hanging, kinds.JPEG, Limits(seconds=0.5)) == (None, None)
    assert caplog.messages == ["no thumbnail of hanging.jpg (image/jpeg): it took the decoder too long"]
    assert await _draws(tmp_path)
    assert drawers == {drawer.pid for drawer in _drawers()}
    assert _drawing() == []


async def test_a_decoder_that_dies_costs_its_file(
    begun: asyncio.Task[Picture | None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for child in _drawing():
        child.send_signal(signal.SIGSEGV)
    assert await begun is None
    assert caplog.messages == ["no thumbnail of hanging.jpg (image/jpeg): the decoder was ended by SIGSEGV"]
    assert await _draws(tmp_path)


async def test_a_drawer_that_dies_costs_its_file(begun: asyncio.Task[Picture | None], tmp_path: Path) -> None:
    for drawer in _drawers():
        drawer.kill()
    assert await begun is None
    assert await _draws(tmp_path)


async def test_a_drawer_that_died_while_it_had_nothing_to_do_costs_none(tmp_path: Path) -> None:
    assert await _draws(tmp_path)
    for drawer in _drawers():
        drawer.kill()
        await asyncio.to_thread(drawer.wait, PATIENCE_SECONDS)
    assert await _draws(tmp_path)


async def test_a_drawer_that_says_nothing_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await _draws(tmp_path)
    drawers = _drawers()
    for drawer in drawers:
        drawer.suspend()
    monkeypatch.setattr(pictures, "_GRACE_SECONDS", 0.1)
    path = _save(tmp_path / "a.jpg", _quarters())
    for _ in drawers:
        assert await _draw(path, limits=Limits(seconds=0.1)) == (None, None)
    assert not any(_is_alive(drawer) for drawer in drawers)
    monkeypatch.undo()
    assert await _draws(tmp_path)


async def test_what_is_under_way_ends_well_when_all_are_told_to_stop(tmp_path: Path) -> None:
    """As service managers do: the worker has a while left."""
    assert await _draws(tmp_path)
    drawers = _drawers()
    for drawer in drawers:
        drawer.terminate()
    assert await _draws(tmp_path)
    assert all(_is_alive(drawer) for drawer in drawers)


async def test_what_is_cancelled_is_ended(begun: asyncio.Task[Picture | None], tmp_path: Path) -> None:
    children = _drawing()
    begun.cancel()
    with pytest.raises(asyncio.CancelledError):
        await begun
    await _until(lambda: not any(_is_alive(child) for child in children))
    assert await _draws(tmp_path)


async def test_many_at_once_and_bad_ones_among_them(tmp_path: Path) -> None:
    good = [_save(tmp_path / f"{number}.png", _plain(64, 64 + number)) for number in range(12)]
    bad = []
    for number in range(6):
        path = tmp_path / f"bad-{number}.png"
        path.write_bytes(good[0].read_bytes()[:50])
        bad.append(path)
    drawn = await asyncio.gather(*(_draw(path) for pair in zip(good, [*bad, *bad], strict=True) for path in pair))
    assert [picture for picture, _ in drawn[::2]] == [Picture(64, 64 + number, None, True) for number in range(12)]
    assert all(thumbnail is None for _, thumbnail in drawn[1::2])


@pytest.mark.skipif(sys.platform != "linux", reason="psutil knows limits on Linux only")
async def test_the_limits_of_a_child(begun: asyncio.Task[Picture | None]) -> None:
    [child] = _drawing()
    limits = {
        psutil.RLIMIT_AS: pictures.DEFAULT_LIMITS.memory_bytes,
        psutil.RLIMIT_FSIZE: 0,
        psutil.RLIMIT_CORE: 0,
        psutil.RLIMIT_CPU: int(PATIENCE_SECONDS) + 1,
    }
    await _until(lambda: child.rlimit(psutil.RLIMIT_CPU)[0] > 0)
    assert {name: child.rlimit(name)[0] for name in limits} == limits
    assert child.memory_info().rss < 100_000_000
    assert Path(f"/proc/{child.pid}/oom_score_adj").read_text().strip() == "1000"


async def test_it_knows_no_secret(monkeypatch: pytest.MonkeyPatch, hanging: Path) -> None:
    for drawer in _drawers():
        drawer.kill()
        await asyncio.to_thread(drawer.wait, PATIENCE_SECONDS)
    monkeypatch.setenv("STORE_SECRET_ACCESS_KEY", "very secret")
    task = asyncio.create_task(make_thumbnail(hanging, kinds.JPEG, hanging.with_suffix(".webp"), _PATIENT))
    for process in [*await _until(_drawing), *_drawers()]:
        assert process.environ().keys() == {"LANG", "VIPS_BLOCK_UNTRUSTED", "VIPS_CONCURRENCY", "MALLOC_ARENA_MAX"}
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


_FORLORN = """
import asyncio, sys
from pathlib import Path
from basepool.store import kinds
from basepool.store.pictures import Limits, make_thumbnail
print("pyvips" in sys.modules, flush=True)
asyncio.run(make_thumbnail(Path(sys.argv[1]), kinds.JPEG, Path(sys.argv[2]), Limits(seconds=3.0)))
"""


async def test_nothing_is_left_of_it_when_the_worker_is_killed(hanging: Path, tmp_path: Path) -> None:
    """Also shows that a process that has things drawn has no decoder in it."""
    with subprocess.Popen(  # noqa: ASYNC220 : it returns at once
        [sys.executable, "-c", _FORLORN, hanging, tmp_path / "a.webp"], stdout=subprocess.PIPE, text=True
    ) as worker:
        try:
            assert worker.stdout
            assert await asyncio.to_thread(worker.stdout.readline) == "False\n"
            family = await _until(lambda: _family(worker.pid))
        finally:
            worker.kill()
    await _until(lambda: not any(_is_alive(process) for process in family))


def _family(pid: int) -> list[psutil.Process]:
    """A drawer and its child."""
    found = psutil.Process(pid).children(recursive=True)
    return found if len(found) == 2 else []


async def test_what_can_not_be_written_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = _save(tmp_path / "a.png", _quarters())
    picture = await make_thumbnail(path, kinds.PNG, tmp_path / "nowhere" / "a.webp", _PATIENT)
    assert picture == Picture(640, 320, None, False)
    assert "it could not be written" in caplog.text


async def test_what_has_no_picture_asks_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name, content in (("a.glb", b"glTF\x02\0\0\0"), ("a.txt", b"words"), ("a.bin", b"\0\1"), ("a.svg", b"<svg/>")):
        path = tmp_path / name
        path.write_bytes(content)
        assert await _draw(path) == (None, None)
    assert caplog.messages == []


# -- films and sound


def _film(path: Path, codec: str, width: int, height: int, *, seconds: int = 2) -> Path:
    """A film whose left half is red and whose right half is blue, but only in its first second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=5)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(5 * seconds):
            frame = av.VideoFrame(width, height, "rgb24")
            plane = frame.planes[0]
            colours = (_RED, _BLUE) if number < 5 else (_GREEN, _GREEN)
            row = b"".join(bytes(colour) * (width // 2) for colour in colours)
            plane.update(row.ljust(plane.line_size, b"\0") * height)
            frame.pts, frame.time_base = number, Fraction(1, 5)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with films."""
    folder = tmp_path_factory.mktemp("films")
    _film(folder / "a.mp4", "mpeg4", 640, 320)
    _film(folder / "a.mov", "mpeg4", 640, 320)
    _film(folder / "a.webm", "libvpx-vp9", 640, 320)
    _film(folder / "a.mkv", "mpeg4", 640, 320)
    return folder


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm", "a.mkv"])
async def test_of_a_film_its_first_frame(films: Path, name: str) -> None:
    picture, thumbnail = await _draw(films / name)
    assert picture
    assert (picture.width, picture.height, picture.has_thumbnail) == (640, 320, True)
    assert picture.seconds == pytest.approx(2, abs=0.3)
    assert (thumbnail.width, thumbnail.height) == (512, 256)
    assert _names(thumbnail) == ["red", "blue", "red", "blue"]


_UPRIGHT = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_TO_THE_RIGHT = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
_TO_THE_LEFT = struct.pack(">9i", 0, -0x10000, 0, 0x10000, 0, 0, 0, 0, 0x40000000)


@pytest.mark.parametrize(
    ("matrix", "shown"), [(_TO_THE_RIGHT, "red red blue blue"), (_TO_THE_LEFT, "blue blue red red")]
)
async def test_a_film_is_turned_as_it_says(films: Path, tmp_path: Path, matrix: bytes, shown: str) -> None:
    """As films that were made by telephones are."""
    content = (films / "a.mp4").read_bytes()
    at = content.index(_UPRIGHT, content.index(b"tkhd"))
    path = tmp_path / "turned.mp4"
    path.write_bytes(content[:at] + matrix + content[at + len(matrix) :])
    picture, thumbnail = await _draw(path)
    assert picture
    assert (picture.width, picture.height) == (320, 640)
    assert (thumbnail.width, thumbnail.height) == (256, 512)
    assert _names(thumbnail) == shown.split()


async def test_the_film_of_the_simulator(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(media.film().content)
    picture, _ = await _draw(path)
    assert picture == Picture(16, 16, 0.4, True)


async def test_a_film_that_is_cut_short(films: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    for part in (0.1, 0.5, 0.9):
        content = (films / "a.mp4").read_bytes()
        path.write_bytes(content[: int(len(content) * part)])
        await _draw(path)  # whatever is said of it
    assert await _draws(tmp_path)


async def test_of_sound_how_long_it_is(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 12_000)
    assert await _draw(tmp_path / "a.wav") == (Picture(None, None, 1.5, False), None)
    for name, codec in (("a.mp3", "libmp3lame"), ("a.m4a", "aac"), ("a.flac", "flac"), ("a.ogg", "libopus")):
        _sound(tmp_path / name, codec)
        picture, _ = await _draw(tmp_path / name)
        assert picture, name
        assert picture.seconds == pytest.approx(2, abs=0.3), name
        assert (picture.width, picture.height, picture.has_thumbnail) == (None, None, False), name


def _sound(path: Path, codec: str) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48_000, layout="mono")
        resampler = av.AudioResampler(stream.format, "mono", 48_000, frame_size=stream.frame_size or 1024)
        for number in range(100):
            frame = av.AudioFrame("s16", "mono", 960)
            frame.planes[0].update(bytes(frame.planes[0].buffer_size))
            frame.sample_rate, frame.pts, frame.time_base = 48_000, 960 * number, Fraction(1, 48_000)
            for part in resampler.resample(frame):
                container.mux(stream.encode(part))
        for part in resampler.resample(None):
            container.mux(stream.encode(part))
        container.mux(stream.encode())


async def test_a_list_of_files_is_no_film(films: Path, tmp_path: Path) -> None:
    """ffmpeg would open whatever a playlist names."""
    path = tmp_path / "list.mp4"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{films / 'a.mp4'}\n#EXT-X-ENDLIST\n")
    assert _kind_of(path) == kinds.TEXT
    for kind in (kinds.MP4, kinds.WEBM, kinds.AVI, kinds.MP3):
        picture, thumbnail = await _draw(path, kind)
        assert thumbnail is None
        assert picture is None or picture.width is None


async def test_without_the_extra_films_have_no_thumbnail(films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_has_av", lambda: False)
    assert await _draw(films / "a.mp4") == (None, None)
