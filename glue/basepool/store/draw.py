"""Draws thumbnails, as a process of its own: `python -m basepool.store.draw` reads requests and answers them, a line each.

Whoever makes a file may mean ill, and decoders have bugs. So each file is decoded in a child that is forked for it, which costs
a few milliseconds, because everything is imported already. The child has limits of memory, of CPU and of time, writes no file,
and says what it found through a pipe; what breaks ends with it, and is a reason why there is no thumbnail. It may use the one
decoder of what the file is. Nothing of basepool is imported here, so that the start is short and no setting or secret is near.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

LOADERS: dict[str, str] = {
    "png": "VipsForeignLoadPng",
    "jpg": "VipsForeignLoadJpeg",
    "webp": "VipsForeignLoadWebp",
    "gif": "VipsForeignLoadNsgif",
    "avif": "VipsForeignLoadHeif",
    "heic": "VipsForeignLoadHeif",
    "tiff": "VipsForeignLoadTiff",
}
"""libvips' loader of each kind of picture, by its extension."""
DEMUXERS: dict[str, str] = {
    **dict.fromkeys(("mp4", "mov", "m4a"), "mov"),
    **dict.fromkeys(("webm", "mkv"), "matroska"),
    **dict.fromkeys(("ogg", "ogv"), "ogg"),
    **{name: name for name in ("avi", "mp3", "wav", "flac", "aac", "aiff")},
}
"""ffmpeg's reader of each kind of film or sound. It is named because others, of playlists, would open more files and URLs."""
SIDE = 512
"""A thumbnail is at most so wide and so high, in pixels; what is smaller is not made larger."""

_QUALITY = 80
# half the CPU of libvips' own choice, 4, for files of the same size
_EFFORT = 2
_MAX_ANSWER_BYTES = 4_000_000
_HEADER = struct.Struct(">I")
_FOUND = ("width", "height", "seconds", "reason")


def main() -> None:
    """Answer until standard input ends, which is when whoever started this does. A service manager that tells all processes at
    once to stop is not meant: what is under way is still wanted."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    # a fork of a process with threads hangs in libvips, and elsewhere than on Linux it has some as soon as it is there
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError):
            _import_vips()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if request["extension"] in DEMUXERS:
            with contextlib.suppress(ImportError, OSError):
                _import_av()
        sys.stdout.buffer.write(json.dumps(_draw_apart(request)).encode() + b"\n")
        sys.stdout.buffer.flush()


def _import_vips() -> ModuleType:
    import pyvips

    return pyvips  # type: ignore[no-any-return]


def _import_av() -> ModuleType:
    import av

    return av  # type: ignore[no-any-return]


def _draw_apart(request: dict[str, Any]) -> dict[str, Any]:
    """What a child found out about a file. It sends a length, an object of that length, and the thumbnail."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _draw_and_exit(request, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read(_MAX_ANSWER_BYTES)
    if len(said) == _MAX_ANSWER_BYTES:
        # no thumbnail is so large
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    try:
        (length,) = _HEADER.unpack_from(said)
        found = json.loads(said[_HEADER.size : _HEADER.size + length])
        thumbnail = said[_HEADER.size + length :]
        answer: dict[str, Any] = {name: found[name] for name in _FOUND}
    except (struct.error, ValueError, LookupError, TypeError, RecursionError):
        return {"reason": _end_of(status)}
    # a child that was taken over may send anything
    if thumbnail[:4] != b"RIFF" or thumbnail[8:12] != b"WEBP":
        return {**answer, "has_thumbnail": False}
    try:
        Path(request["target"]).write_bytes(thumbnail)
    except OSError as error:
        return {**answer, "has_thumbnail": False, "reason": f"it could not be written: {error.strerror}"}
    return {**answer, "has_thumbnail": True}


def _end_of(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return f"the decoder ended with status {os.waitstatus_to_exitcode(status)}"
    number = os.WTERMSIG(status)
    if number in (signal.SIGALRM, signal.SIGXCPU):
        return "it took the decoder too long"
    return f"the decoder was ended by {signal.Signals(number).name}"


def _draw_and_exit(request: dict[str, Any], answer: int) -> NoReturn:
    """The child: whatever happens in it ends here."""
    status = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        _limit(request["seconds"], request["memory_bytes"])
        found, thumbnail = _draw(request)
        header = json.dumps(found).encode()
        with open(answer, "wb") as pipe:
            pipe.write(_HEADER.pack(len(header)) + header + thumbnail)
        status = 0
    finally:
        os._exit(status)


def _limit(seconds: float, memory_bytes: int) -> None:
    """Bound what this process may use up. It ends itself when its time is over, also where nobody is left who would end it."""
    # where memory is short all the same, this is what the system ends first
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    whole = int(seconds) + 1
    for name, soft, hard in (
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CPU, whole, whole + 1),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
    ):
        # macOS has no limit of memory
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(name, (soft, hard))
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _draw(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Width, height and seconds, as far as they were found, and the thumbnail, or why there is none."""
    found: dict[str, Any] = dict.fromkeys(_FOUND)
    try:
        if request["extension"] in LOADERS:
            return found, _draw_picture(request, found)
        return found, _draw_film(request, found)
    except Exception as error:
        return {**found, "reason": f"{type(error).__name__}: {error}"}, b""


def _draw_picture(request: dict[str, Any], found: dict[str, Any]) -> bytes:
    vips = _import_vips()
    vips.operation_block_set("VipsForeignLoad", True)
    vips.operation_block_set(LOADERS[request["extension"]], False)
    image = vips.Image.new_from_source(vips.Source.new_from_file(request["source"]), "", access="sequential")
    width, height = image.width, image.height
    if _get(image, "orientation", 1) in (5, 6, 7, 8):
        width, height = height, width
    found["width"], found["height"] = width, height
    delays = _get(image, "delay", [])
    if _get(image, "n-pages", 1) > 1 and delays:
        found["seconds"] = sum(delays) / 1000
    if _is_too_large(request, found):
        return b""
    # where there is nothing to convert, the conversion would cost more than the rest
    has_colours = image.get_typeof("icc-profile-data") != 0 or image.interpretation == "cmyk"
    # the source is opened again, because a loader can then make the picture small while it decodes it. Without the option what
    # was cut short would be drawn, with the rest in grey; the argument of that name does nothing for a source
    thumbnail = vips.Image.thumbnail_source(
        vips.Source.new_from_file(request["source"]),
        SIDE,
        height=SIDE,
        size="down",
        option_string="[fail_on=error]",
        **({"output_profile": "srgb"} if has_colours else {}),
    )
    return _save(thumbnail)


def _is_too_large(request: dict[str, Any], found: dict[str, Any]) -> bool:
    if found["width"] * found["height"] <= request["pixels"]:
        return False
    found["reason"] = f"{found['width']} x {found['height']} are more than {request['pixels']} pixels"
    return True


def _get(image: Any, name: str, default: Any) -> Any:
    return image.get(name) if image.get_typeof(name) else default


def _save(image: Any) -> bytes:
    saved: bytes = image.webpsave_buffer(Q=_QUALITY, effort=_EFFORT, keep="none")
    return saved


def _draw_film(request: dict[str, Any], found: dict[str, Any]) -> bytes:
    """Of a film its first frame; of sound how long it is."""
    av = _import_av()
    # ffmpeg is given bytes and no name: there is nothing else that it could open
    with open(request["source"], "rb") as file, av.open(file, format=DEMUXERS[request["extension"]]) as container:
        if container.duration:
            found["seconds"] = container.duration / av.time_base
        if request["group"] != "video" or not container.streams.video:
            return b""
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        width, height = found["width"], found["height"] = stream.codec_context.width, stream.codec_context.height
        if _is_too_large(request, found):
            return b""
        frame = next(container.decode(stream), None)
        if frame is None:
            found["reason"] = "it has no frame"
            return b""
        # degrees, and to the left
        turns = round(-frame.rotation / 90) % 4
        if turns % 2:
            found["width"], found["height"] = height, width
        shrink = min(1.0, SIDE / max(frame.width, frame.height))
        small = frame.reformat(
            width=max(1, round(frame.width * shrink)), height=max(1, round(frame.height * shrink)), format="rgb24"
        )
        data, row, stride = bytes(small.planes[0]), 3 * small.width, small.planes[0].line_size
    pixels = b"".join(data[at : at + row] for at in range(0, stride * small.height, stride))
    image = _import_vips().Image.new_from_memory(pixels, small.width, small.height, 3, "uchar")
    return _save(image.copy(interpretation="srgb").rot(f"d{90 * turns}"))


if __name__ == "__main__":
    main()
