"""What a file is: its first bytes say so, never its name or a header. Whoever makes a file chooses those two, and a browser
that is told `text/html` runs what is in it."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import Literal

Group = Literal["image", "video", "audio", "other"]

HEAD_BYTES = 4096
"""How much of a file's beginning `sniff` looks at."""


@dataclass(frozen=True)
class Kind:
    """What a file is. `extension` has no dot. `is_inline`: a browser may show it, because nothing in it can run; whatever else
    there is may only be saved."""

    content_type: str
    extension: str
    is_inline: bool
    group: Group


def _shown(group: Group, content_type: str, extension: str) -> Kind:
    return Kind(content_type, extension, True, group)


def _saved(group: Group, content_type: str, extension: str) -> Kind:
    return Kind(content_type, extension, False, group)


_OCTETS = "application/octet-stream"

UNKNOWN = _saved("other", _OCTETS, "bin")
HTML = _saved("other", "text/html", "html")
SVG = _saved("image", "image/svg+xml", "svg")
XML = _saved("other", "application/xml", "xml")
# the charset is known: it was read
TEXT = _shown("other", "text/plain; charset=utf-8", "txt")
JSON = _shown("other", "application/json", "json")
PNG = _shown("image", "image/png", "png")
JPEG = _shown("image", "image/jpeg", "jpg")
GIF = _shown("image", "image/gif", "gif")
WEBP = _shown("image", "image/webp", "webp")
AVIF = _shown("image", "image/avif", "avif")
HEIC = _shown("image", "image/heic", "heic")
TIFF = _shown("image", "image/tiff", "tiff")
JXL = _shown("image", "image/jxl", "jxl")
BMP = _shown("image", "image/bmp", "bmp")
MP4 = _shown("video", "video/mp4", "mp4")
MOV = _shown("video", "video/quicktime", "mov")
WEBM = _shown("video", "video/webm", "webm")
MKV = _shown("video", "video/x-matroska", "mkv")
OGV = _shown("video", "video/ogg", "ogv")
AVI = _saved("video", "video/x-msvideo", "avi")
MP3 = _shown("audio", "audio/mpeg", "mp3")
WAV = _shown("audio", "audio/wav", "wav")
FLAC = _shown("audio", "audio/flac", "flac")
OGG = _shown("audio", "audio/ogg", "ogg")
M4A = _shown("audio", "audio/mp4", "m4a")
AAC = _shown("audio", "audio/aac", "aac")
AIFF = _saved("audio", "audio/aiff", "aiff")
ZIP = _saved("other", "application/zip", "zip")
GZIP = _saved("other", "application/gzip", "gz")
TAR = _saved("other", "application/x-tar", "tar")
SAFETENSORS = _saved("other", _OCTETS, "safetensors")

_HDR = _saved("image", "image/vnd.radiance", "hdr")
_PLY = _saved("other", _OCTETS, "ply")

_BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"\xff\x0a", JXL),
    (b"\0\0\0\x0cJXL \r\n\x87\n", JXL),
    (b"\0\0\0\x0cjP  \r\n\x87\n", _saved("image", "image/jp2", "jp2")),
    (b"v/1\x01", _saved("image", "image/x-exr", "exr")),
    (b"#?RADIANCE\n", _HDR),
    (b"#?RGBE\n", _HDR),
    (b"8BPS\0\x01", _saved("image", "image/vnd.adobe.photoshop", "psd")),
    (b"DDS \x7c\0\0\0", _saved("image", "image/vnd-ms.dds", "dds")),
    (b"ID3", MP3),
    (b"fLaC", FLAC),
    (b"MThd\0\0\0\x06", _saved("audio", "audio/midi", "mid")),
    (b"glTF", _saved("other", "model/gltf-binary", "glb")),
    (b"Kaydara FBX Binary  \0", _saved("other", _OCTETS, "fbx")),
    (b"ply\n", _PLY),
    (b"ply\r\n", _PLY),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"PK\x07\x08", ZIP),
    (b"\x1f\x8b\x08", GZIP),
    (b"BZh", _saved("other", "application/x-bzip2", "bz2")),
    (b"\xfd7zXZ\0", _saved("other", "application/x-xz", "xz")),
    (b"(\xb5/\xfd", _saved("other", "application/zstd", "zst")),
    (b"7z\xbc\xaf'\x1c", _saved("other", "application/x-7z-compressed", "7z")),
    (b"Rar!\x1a\x07", _saved("other", "application/vnd.rar", "rar")),
    (b"%PDF-", _saved("other", "application/pdf", "pdf")),
    (b"\x93NUMPY", _saved("other", _OCTETS, "npy")),
    (b"\x89HDF\r\n\x1a\n", _saved("other", "application/x-hdf5", "h5")),
    (b"GGUF", _saved("other", _OCTETS, "gguf")),
    (b"PAR1", _saved("other", "application/vnd.apache.parquet", "parquet")),
)

_RIFF: dict[bytes, Kind] = {b"WEBP": WEBP, b"WAVE": WAV, b"AVI ": AVI}
_FORM: dict[bytes, Kind] = {b"AIFF": AIFF, b"AIFC": AIFF}

# of what has boxes (ISO 14496-12); what names none of these is a film
_BRANDS: dict[bytes, Kind] = {
    **dict.fromkeys((b"avif", b"avis"), AVIF),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), HEIC),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), M4A),
    b"qt  ": MOV,
}
# pictures of any codec: what they say to be compatible with decides
_VAGUE_BRANDS = frozenset({b"mif1", b"mif2", b"msf1", b"miaf"})
# how QuickTime's films began before there were brands
_OLD_BOXES = frozenset({b"moov", b"mdat", b"wide", b"pnot", b"free", b"skip"})

_IS_MARKUP = re.compile(rb"<[a-z!?/]", re.IGNORECASE)
# what may stand before the first element
_PROLOG = re.compile(rb"(?:\s|<\?.*?\?>|<!--.*?-->)+", re.DOTALL)
_IS_SVG = re.compile(rb"<(?:!doctype\s+|[\w-]+:)?svg[\s>/]", re.IGNORECASE)
_IS_HTML = re.compile(
    rb"<(?:!doctype\s+html|(?:[\w-]+:)?html|head|body|script|style|title|meta|link|base|iframe|object|embed|form|div|span|font|table|"
    rb"center|img|h\d|a|b|br|p)[\s>/]|.*http://www\.w3\.org/1999/xhtml",
    re.IGNORECASE | re.DOTALL,
)
_JSON_BEGINS = re.compile(rb'\{\s*["}]|\[\s*(?:["{\[\]]|-?\d|(?:true|false|null)\b)')
_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")

# what the bytes leave open: by what the file is, the kinds that a name may choose; none of them is more than what it stands for
_NARROWER: dict[Kind | None, dict[str, Kind]] = {
    MP4: {"m4a": M4A, "m4b": M4A},
    TEXT: {
        "csv": _shown("other", "text/csv; charset=utf-8", "csv"),
        "md": _shown("other", "text/markdown; charset=utf-8", "md"),
        "srt": _shown("other", "text/plain; charset=utf-8", "srt"),
        "vtt": _shown("other", "text/vtt; charset=utf-8", "vtt"),
        "obj": _saved("other", "model/obj", "obj"),
        "mtl": _saved("other", "model/mtl", "mtl"),
        "stl": _saved("other", "model/stl", "stl"),
    },
    JSON: {"gltf": _saved("other", "model/gltf+json", "gltf")},
    ZIP: {
        "usdz": _saved("other", "model/vnd.usdz+zip", "usdz"),
        "3mf": _saved("other", "model/3mf", "3mf"),
        **{name: _saved("other", _OCTETS, name) for name in ("npz", "pt", "pth", "ckpt")},
    },
    GZIP: {"tgz": _saved("other", "application/gzip", "tgz")},
    None: {
        "stl": _saved("other", "model/stl", "stl"),
        **{
            name: _saved("other", _OCTETS, name)
            for name in ("splat", "ksplat", "spz", "usd", "usdc", "blend", "pt", "pth", "ckpt", "pkl", "onnx")
        },
    },
}
_NAMES: dict[str, str] = {
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
    "model/obj": "obj",
    "model/stl": "stl",
    "model/gltf+json": "gltf",
    "model/vnd.usdz+zip": "usdz",
    "text/csv": "csv",
    "text/markdown": "md",
    "text/vtt": "vtt",
}


def sniff(head: bytes) -> Kind | None:
    """What the file is that begins with `head`, its first HEAD_BYTES or all of it; None where they don't say."""
    head = head[:HEAD_BYTES]
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    return _in_boxes(head) or _in_frames(head) or _weights(head) or _text(head) or _old_film(head)


def settle(kind: Kind | None, url_extension: str | None, declared: str | None) -> Kind:
    """What a file is stored as, of which `sniff` said `kind`. The name in its URL, and the type that its server declared, may
    only choose where `kind` leaves something open: a text may be a table, unknown bytes may be weights. What nobody knows is
    UNKNOWN."""
    narrower = _NARROWER.get(kind, {})
    for name in ((url_extension or "").lower().lstrip("."), _NAMES.get(_bare(declared), "")):
        if name in narrower:
            return narrower[name]
    return kind or UNKNOWN


def _bare(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _in_boxes(head: bytes) -> Kind | None:
    """What has its name after a length, or somewhere near."""
    match head[:4]:
        case b"RIFF" | b"RF64":
            return _RIFF.get(head[8:12])
        case b"FORM":
            return _FORM.get(head[8:12])
        case b"OggS":
            return OGV if b"\x80theora" in head or b"\x01video\0\0" in head else OGG
        case b"\x1aE\xdf\xa3":
            return WEBM if b"webm" in head[:64] else MKV if b"matroska" in head[:64] else None
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    if head[257:262] == b"ustar":
        return TAR
    # a bitmap's letters are any two; the size of its header is one of a few
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124):
        return BMP
    return None


def _of_brands(head: bytes) -> Kind:
    brand, length = head[8:12], int.from_bytes(head[:4], "big")
    if brand not in _VAGUE_BRANDS:
        return _BRANDS.get(brand, MP4)
    compatible = {head[at : at + 4] for at in range(16, min(length, len(head)), 4)}
    return next((_BRANDS[name] for name in (b"avif", b"avis") if name in compatible), HEIC)


def _in_frames(head: bytes) -> Kind | None:
    """Sound without a container: each frame begins with eleven bits that are set, and has fields that are never."""
    if len(head) < 3 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0 and head[2] >> 2 & 0x0F < 13:
        return AAC
    is_layer_3 = head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08
    return MP3 if is_layer_3 and head[2] >> 4 not in (0, 15) and head[2] & 0x0C != 0x0C else None


def _weights(head: bytes) -> Kind | None:
    """safetensors: the length of a JSON object, and the object."""
    is_short = 2 <= int.from_bytes(head[:8], "little") <= 100_000_000
    return SAFETENSORS if is_short and head[8:10] in (b'{"', b"{}", b"{ ") else None


def _text(head: bytes) -> Kind | None:
    """What can be read as UTF-8, and has no characters that steer anything."""
    is_whole = len(head) < HEAD_BYTES
    text = head.removeprefix(codecs.BOM_UTF8)
    if not text or _NO_TEXT.search(text):
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text, final=is_whole)
    except UnicodeDecodeError:
        return None
    if _IS_MARKUP.match(text.lstrip()):
        prolog = _PROLOG.match(text)
        element = text[prolog.end() :] if prolog else text
        if _IS_SVG.match(element):
            return SVG
        return HTML if _IS_HTML.match(element) else XML
    return JSON if _is_json(text.lstrip(), is_whole) else TEXT


def _is_json(text: bytes, is_whole: bool) -> bool:
    """Whether it is an object or a list. Words in brackets are none."""
    if not _JSON_BEGINS.match(text):
        return False
    if is_whole:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return False
    return True


def _old_film(head: bytes) -> Kind | None:
    return MOV if head[4:8] in _OLD_BOXES else None
