"""What a file is, by its first bytes; what it is stored as; and that nothing in which something can run is ever shown."""

from __future__ import annotations

import io
import json
import struct
import tarfile
import wave
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basepool.simulator import media
from basepool.store.kinds import HEAD_BYTES, UNKNOWN, settle, sniff


def _box(brand: bytes, *compatible: bytes) -> bytes:
    body = b"ftyp" + brand + b"\0\0\2\0" + b"".join(compatible)
    return struct.pack(">I", 4 + len(body)) + body + b"\0\0\0\x08free"


def _archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("scene.usda", "x")
    return buffer.getvalue()


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("weights"))
    return buffer.getvalue()


def _sound() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 80)
    return buffer.getvalue()


_WEIGHTS = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, separators=(",", ":")).encode()
_EBML = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82"

_SHOWN: list[tuple[bytes, str, str]] = [
    (media.picture("png", "x").content, "image/png", "png"),
    (media.picture("jpg", "x").content, "image/jpeg", "jpg"),
    (media.picture("webp", "x").content, "image/webp", "webp"),
    (media.film().content, "video/mp4", "mp4"),
    (b"GIF89a\x01\0\x01\0", "image/gif", "gif"),
    (b"GIF87a\x01\0\x01\0", "image/gif", "gif"),
    (_box(b"avif", b"mif1", b"miaf"), "image/avif", "avif"),
    (_box(b"avis", b"msf1"), "image/avif", "avif"),
    (_box(b"mif1", b"miaf", b"avif"), "image/avif", "avif"),
    (_box(b"heic", b"mif1"), "image/heic", "heic"),
    (_box(b"mif1", b"heic"), "image/heic", "heic"),
    (b"II*\0\x08\0\0\0", "image/tiff", "tiff"),
    (b"MM\0*\0\0\0\x08", "image/tiff", "tiff"),
    (b"\xff\x0a\xfa\x7f", "image/jxl", "jxl"),
    (b"BM" + struct.pack("<IHHII", 70, 0, 0, 54, 40), "image/bmp", "bmp"),
    (_box(b"isom", b"iso2", b"avc1"), "video/mp4", "mp4"),
    (_box(b"dash", b"iso6"), "video/mp4", "mp4"),
    (_box(b"qt  "), "video/quicktime", "mov"),
    (b"\0\0\x10\0moov\0\0\0\x6cmvhd", "video/quicktime", "mov"),
    (b"\0\0\0\x08wide\0\1\0\0mdat", "video/quicktime", "mov"),
    (_EBML + b"\x84webmB\x87\x81\x04", "video/webm", "webm"),
    (_EBML + b"\x88matroskaB\x87", "video/x-matroska", "mkv"),
    (_box(b"M4A ", b"isom"), "audio/mp4", "m4a"),
    (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg", "mp3"),
    (b"\xff\xfb\x90\x64\0\0", "audio/mpeg", "mp3"),
    (b"\xff\xf3\x40\xc0\0\0", "audio/mpeg", "mp3"),
    (b"\xff\xf1\x50\x80\0\0", "audio/aac", "aac"),
    (_sound(), "audio/wav", "wav"),
    (b"fLaC\0\0\0\x22", "audio/flac", "flac"),
    (b"OggS\0\2" + b"\0" * 22 + b"\x01\x13OpusHead", "audio/ogg", "ogg"),
    (b"OggS\0\2" + b"\0" * 22 + b"\x01\x1e\x01vorbis", "audio/ogg", "ogg"),
    (b"OggS\0\2" + b"\0" * 22 + b"\x01\x2a\x80theora", "video/ogg", "ogv"),
    (b"A small answer, word by word.", "text/plain; charset=utf-8", "txt"),
    ("Маяк в тумане".encode(), "text/plain; charset=utf-8", "txt"),
    (b"\xef\xbb\xbfmarked", "text/plain; charset=utf-8", "txt"),
    (b"[verse 1]\nla la la", "text/plain; charset=utf-8", "txt"),
    (b"{curly} words", "text/plain; charset=utf-8", "txt"),
    (b"The free world", "text/plain; charset=utf-8", "txt"),
    (b"BMW", "text/plain; charset=utf-8", "txt"),
    (b"<3 you", "text/plain; charset=utf-8", "txt"),
    (b' {"segments": []}', "application/json", "json"),
    (b"[0.25, -1]", "application/json", "json"),
    (b'{"a": "' + b"x" * HEAD_BYTES, "application/json", "json"),
    (b"[" + b"[" * HEAD_BYTES, "application/json", "json"),
]
_SAVED: list[tuple[bytes, str, str]] = [
    (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "image/svg+xml", "svg"),
    (b"\n<?xml version='1.0'?>\n<!-- made by <html> -->\n<svg:svg xmlns:svg='x'/>", "image/svg+xml", "svg"),
    (b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x'><svg/>", "image/svg+xml", "svg"),
    (b"<!-- a --><!-- b --> <SVG onload=alert(1)>", "image/svg+xml", "svg"),
    (b"<!doctype html><title>502</title>", "text/html", "html"),
    (b"\xef\xbb\xbf  <!-- x --><HTML><svg/></HTML>", "text/html", "html"),
    (b"<script>alert(1)</script>", "text/html", "html"),
    (b"<h1>Sorry</h1>", "text/html", "html"),
    (b"<img src=x onerror=alert(1)>", "text/html", "html"),
    (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "text/html", "html"),
    (b"<x:y xmlns:x='http://www.w3.org/1999/xhtml'/>", "text/html", "html"),
    (b"<?xml version='1.0'?><?xml-stylesheet href='x'?><feed/>", "application/xml", "xml"),
    (b"<!--" + b"x" * HEAD_BYTES, "application/xml", "xml"),
    (_archive(), "application/zip", "zip"),
    (_tar(), "application/x-tar", "tar"),
    (b"\x1f\x8b\x08\0\0\0\0\0", "application/gzip", "gz"),
    (b"%PDF-1.7\n", "application/pdf", "pdf"),
    (b"glTF\x02\0\0\0", "model/gltf-binary", "glb"),
    (b"ply\nformat ascii 1.0\n", "application/octet-stream", "ply"),
    (struct.pack("<Q", len(_WEIGHTS)) + _WEIGHTS, "application/octet-stream", "safetensors"),
    (b"\x93NUMPY\x01\0v\0", "application/octet-stream", "npy"),
    (b"v/1\x01\x02\0\0\0", "image/x-exr", "exr"),
    (b"8BPS\0\x01\0\0", "image/vnd.adobe.photoshop", "psd"),
    (b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo", "avi"),
]


@pytest.mark.parametrize(("head", "content_type", "extension"), _SHOWN)
def test_what_a_browser_shows(head: bytes, content_type: str, extension: str) -> None:
    kind = sniff(head)
    assert kind
    assert (kind.content_type, kind.extension, kind.is_inline) == (content_type, extension, True)
    group = content_type.partition("/")[0]
    assert kind.group == (group if group in ("image", "video", "audio") else "other")


@pytest.mark.parametrize(("head", "content_type", "extension"), _SAVED)
def test_what_is_saved_only(head: bytes, content_type: str, extension: str) -> None:
    kind = sniff(head)
    assert kind
    assert (kind.content_type, kind.extension, kind.is_inline) == (content_type, extension, False)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0" * 100,
        b"\x80\x04\x95pickled",
        b"RIFF\x10\0\0\0ABCD",
        b"\xff\xfe<\0h\0t\0m\0l\0",  # half of what reads it would see HTML in it
        b"\xff\xfb\xf0\x64",
        b"caf\xe9",
        b"a\x1b]0;title\x07",
        b"\x89PNG",
    ],
)
def test_what_nobody_knows_is_saved_as_bytes(head: bytes) -> None:
    assert sniff(head) is None
    assert settle(None, "png", "image/png") == UNKNOWN
    assert settle(None, "html", "text/html") == UNKNOWN
    assert (UNKNOWN.content_type, UNKNOWN.extension, UNKNOWN.is_inline) == ("application/octet-stream", "bin", False)


@pytest.mark.parametrize(
    ("head", "name", "declared", "extension"),
    [
        (b"<html>", "png", "image/png", "html"),
        (b"<svg/>", "png", "image/png", "svg"),
        (media.picture("jpg", "x").content, "png", "text/html", "jpg"),
        (media.film().content, "m4a", None, "m4a"),
        (media.film().content, "", "audio/mp4", "m4a"),
        (media.film().content, "mov", "video/quicktime", "mp4"),
        (b"a,b\n1,2\n", "csv", None, "csv"),
        (b"a,b\n1,2\n", None, "Text/CSV; header=present", "csv"),
        (b"# Title", ".MD", None, "md"),
        (b"# Title", "html", "text/html", "txt"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n", "srt", None, "srt"),
        (b"v 0 0 0\n", "obj", None, "obj"),
        (b'{"asset": {"version": "2.0"}}', "gltf", None, "gltf"),
        (_archive(), "usdz", None, "usdz"),
        (_archive(), "docm", None, "zip"),
        (b"\x1f\x8b\x08\0", "tgz", None, "tgz"),
        (b"\0" * 84, "stl", None, "stl"),
        (b"\0" * 84, None, "model/stl", "stl"),
        (b"\0" * 84, "splat", None, "splat"),
        (b"\0" * 84, "exe", None, "bin"),
        (b"\0" * 84, "../../x", None, "bin"),
    ],
)
def test_a_name_chooses_only_what_the_bytes_leave_open(
    head: bytes, name: str | None, declared: str | None, extension: str
) -> None:
    assert settle(sniff(head), name, declared).extension == extension


@given(st.binary(max_size=64), st.text(max_size=8) | st.none(), st.text(max_size=20) | st.none())
def test_whatever_comes_has_a_name_that_can_stand_in_a_path(
    head: bytes, name: str | None, declared: str | None
) -> None:
    kind = settle(sniff(head), name, declared)
    assert kind.extension.isascii()
    assert kind.extension.isalnum()
    assert kind.content_type.isascii()


@pytest.mark.parametrize(
    "prefix", [b"", b" \n\t", b"\xef\xbb\xbf", b"<!-- -->", b"<?xml version='1.0'?>", b"<!-- <svg> -->\n"]
)
@pytest.mark.parametrize("markup", [b"<html>", b"<SCRIPT >", b"<svg/onload=x>", b"<iframe src=x>", b"<body\nonload=x>"])
def test_nothing_in_which_something_can_run_is_shown(prefix: bytes, markup: bytes) -> None:
    for extension in ("png", "txt", "md", "json", "mp4"):
        assert not settle(sniff(prefix + markup), extension, "image/png").is_inline


def test_a_character_that_the_head_cuts_in_half_is_no_end_of_a_text() -> None:
    text = ("x" + "я" * HEAD_BYTES).encode()
    kind = sniff(text[:HEAD_BYTES])
    assert kind
    assert kind.extension == "txt"
    assert sniff(text[: HEAD_BYTES - 2]) is None  # here the file ends in half a character
