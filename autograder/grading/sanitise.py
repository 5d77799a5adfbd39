"""Make what a student's code printed safe to open in an instructor's browser.

Only what is known to be harmless passes: plain text, PNG pictures rebuilt from their checked chunks, and HTML that
nh3 has cleaned. Everything else is shown as text, or left out.
"""

import base64
import binascii
import re
import struct
import zlib
from typing import Any

import nh3
from nbformat import NotebookNode

MAX_OUTPUTS = 200
MAX_TEXT = 100_000
MAX_PICTURE_SIDE = 8192
MAX_TAGS = 5_000
"""In one piece of HTML: cleaning tags that are never closed takes time that grows with the square of their number."""
MAX_GROWTH = 4
"""How many times longer cleaning may make a piece of HTML: tags that are left open are closed, and repeated."""
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"pHYs", b"IDAT", b"IEND")
_TAGS = {
    *("a", "b", "blockquote", "br", "caption", "code", "div", "em", "figcaption", "figure", "h1", "h2", "h3", "h4"),
    *("h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "table"),
    *("tbody", "td", "th", "thead", "tr", "u", "ul"),
}
_ATTRIBUTES = {"*": {"title"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan"}}
_DATA_PNG = "data:image/png;base64,"
_FORMATTING = re.compile(r"<(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b[^>]*>", re.IGNORECASE)
"""Start tags that a parser opens again in each paragraph if they are never closed: time and size grow with the square
of their number, unless they are alike, of which it remembers three."""
_TARGET = re.compile(r"\]\s*(?=[(:\[])(?!\(https?://[A-Za-z0-9./_~%#?=&+-]*\))")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def outputs(items: Any) -> list[NotebookNode]:
    """The outputs of a cell that are worth showing, made safe.

    Args:
        items: what the child says they are: any JSON.
    """
    if not isinstance(items, list):
        return []
    return [output for item in items[:MAX_OUTPUTS] if (output := _output(item)) is not None]


def text(value: Any, limit: int = MAX_TEXT) -> str:
    """Plain text without control characters (but for newline, tab, return and colours), cut at `limit`."""
    plain = _CONTROL.sub("\ufffd", value) if isinstance(value, str) else ""
    return plain if len(plain) <= limit else plain[:limit] + "\n... cut ..."


def sentence(value: Any, limit: int = 300) -> str:
    """One line of plain text."""
    return " ".join(re.sub("\x1b\\[[0-9;]*m?", "", text(value, limit)).split())


def markdown(source: str) -> str:
    """A student's prose as it was, but no tag, no picture and no link that is not plainly http(s) comes to life."""
    source = re.sub(r"<(?=[A-Za-z/!?])", "< ", text(source, len(source)))
    return _TARGET.sub("] ", source.replace("![", "! ["))


def html(source: str) -> str:
    """HTML without scripts, styles, forms, frames and foreign pictures; nothing where it has too many tags or grows."""
    if source.count("<") > MAX_TAGS:
        return ""
    cleaned = nh3.clean(
        _FORMATTING.sub(r"<\1>", text(source, 2**20)),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep_attribute,
        url_schemes={"http", "https", "data"},
        link_rel="noopener noreferrer",
    )
    return cleaned if len(cleaned) <= MAX_GROWTH * len(source) + 4096 else ""


def png(encoded: str) -> str | None:
    """A base64 PNG rebuilt from its picture chunks, without trailing bytes or texts; None where it is none."""
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    kept = _picture_chunks(content)
    return None if kept is None else base64.b64encode(_PNG + kept).decode()


def _output(item: Any) -> NotebookNode | None:
    match item:
        case {"output_type": "stream", "name": "stdout" | "stderr" as name, "text": str(printed)}:
            return NotebookNode(output_type="stream", name=name, text=text(printed))
        case {"output_type": "error", "ename": str(name), "evalue": str(value), "traceback": list(lines)}:
            told = text("\n".join(line for line in lines if isinstance(line, str))).split("\n")
            return NotebookNode(output_type="error", ename=sentence(name), evalue=text(value, 2000), traceback=told)
        case {"output_type": "display_data" | "execute_result" as kind, "data": dict(data)}:
            shown = _data(data)
            if not shown:
                return None
            output = NotebookNode(output_type=kind, data=NotebookNode(shown), metadata=NotebookNode())
            if kind == "execute_result":
                output.execution_count = None
            return output
    return None


def _data(data: dict[str, Any]) -> dict[str, str]:
    shown: dict[str, str] = {}
    plain = next((data[kind] for kind in ("text/markdown", "text/latex", "text/plain") if kind in data), None)
    if isinstance(plain, str):
        shown["text/plain"] = text(plain)
    if isinstance(data.get("text/html"), str) and (cleaned := html(data["text/html"]).strip()):
        shown["text/html"] = cleaned
    if isinstance(data.get("image/png"), str) and (picture := png(data["image/png"])) is not None:
        shown["image/png"] = picture
    return shown


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    if value.lower().lstrip().startswith("data:") or (tag == "img" and name == "src"):
        rebuilt = png(value[len(_DATA_PNG) :]) if tag == "img" and value.startswith(_DATA_PNG) else None
        return None if rebuilt is None else _DATA_PNG + rebuilt
    return value


def _picture_chunks(content: bytes) -> bytes | None:
    """The chunks that make the picture, each with a right checksum; None where the file is not a whole PNG."""
    if not content.startswith(_PNG):
        return None
    kept, offset, first = [], len(_PNG), True
    while offset + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, offset)
        end = offset + 12 + length
        if end > len(content) or (name == b"IHDR") is not first:
            return None
        checksum = struct.unpack_from(">I", content, end - 4)[0]
        if zlib.crc32(content[offset + 4 : end - 4]) != checksum:
            return None
        if first and (length != 13 or max(struct.unpack_from(">II", content, offset + 8)) > MAX_PICTURE_SIDE):
            return None
        if name in _CHUNKS:
            kept.append(content[offset:end])
        if name == b"IEND":
            return b"".join(kept)
        offset, first = end, False
    return None
