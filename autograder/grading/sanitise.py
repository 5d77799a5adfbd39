"""Make what a student's code printed safe to open in an instructor's browser.

Only what is known to be harmless passes: plain text, PNG pictures rebuilt from their checked chunks, and HTML that
nh3 has cleaned. Everything else is shown as text, or left out. The time of each function grows with the length of
what it is given and no faster, since a student may have written it to hold up the judge; what a library needs time for
is capped before the library sees it. `outputs_apart` is for whoever cannot wait all the same.
"""

import base64
import binascii
import json
import re
import struct
import zlib
from typing import Any

import nh3
from nbformat import NotebookNode, from_dict

from autograder.disposable import Lost, apart

MAX_OUTPUTS = 200
MAX_TEXT = 100_000
MAX_LINES = 200
"""Of a traceback that are strings of their own; all others are one more."""
READ_HERE = 2**16
"""Bytes of outputs that are read in the judge's own process: a forest of empty lists takes it 2 ms."""
MAX_PICTURE_SIDE = 8192
MAX_PIXELS = 2**25
"""Of all pictures together: a browser takes four bytes for each, and a picture of one colour hardly any in the file."""
MAX_COLOURS = 1_000
"""Escape signs in one text: nbconvert copies what follows each of them."""
MAX_HTML = 2**20
MAX_TAGS = 5_000
"""In one piece of HTML: cleaning tags that are never closed takes time that grows with the square of their number."""
MAX_ATTRIBUTES = 16
"""Of one tag: a parser compares each with all before it."""
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
_FORMATTING = {"b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
"""Tags that a parser opens again in each paragraph if they are never closed: time and size grow with the square
of their number, unless they are alike, of which it remembers three."""
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)([^>]*)>")
"""Linear only where a > follows: otherwise each < reads to the end in vain."""
_ATTRIBUTE = re.compile(r"""(?<![A-Za-z-])([A-Za-z][A-Za-z-]{0,30})\s*=\s*("[^"]*"|'[^']*'|[^\s"'][^\s]*)""")
_OPENS = re.compile(r"<(?=[A-Za-z/!?])")
_PICTURE_SOURCE = re.compile(r'src="data:image/png;base64,([A-Za-z0-9+/]{32})')
_TARGET = re.compile(r"\]\s*(?=[(:\[])(?!\(https?://[A-Za-z0-9./_~%#?=&+-]*\))")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def outputs(items: Any, pixels: int = MAX_PIXELS) -> list[NotebookNode]:
    """The outputs of a cell that are worth showing, made safe.

    Args:
        items: what the child says they are: any JSON.
        pixels: that their pictures may have, all together; a line stands in place of what would be more.
    """
    if not isinstance(items, list):
        return []
    safe, left = [], pixels
    for item in items[:MAX_OUTPUTS]:
        if (output := _output(item)) is None:
            continue
        needed = pixels_of([output])
        if needed > left:
            output, needed = _printed("... a picture was left out: they have too many pixels ..."), 0
        safe.append(output)
        left -= needed
    return safe


def outputs_of(said: str, pixels: int = MAX_PIXELS) -> list[NotebookNode]:
    """As `outputs`, of JSON as text; none of what is no JSON."""
    return outputs(_read(said), pixels)


def outputs_apart(said: bytes, pixels: int = MAX_PIXELS) -> list[NotebookNode]:
    """As `outputs`, of JSON as bytes; long ones, and HTML and pictures, are left to a disposable process."""
    told = said.decode("utf-8", "replace")
    if len(said) <= READ_HERE and not _wants_libraries(items := _read(told)):
        return outputs(items, pixels)
    try:
        cleaned: list[NotebookNode] = from_dict(apart(outputs_of, told, pixels))
    except Lost as lost:
        return [_printed(f"... the output was left out: when it was cleaned, {lost} ...")]
    return cleaned


def pixels_of(safe: list[NotebookNode]) -> int:
    """The pixels of all pictures in outputs that were made safe."""
    pictures = []
    for output in safe:
        data = output.get("data", {})
        pictures += [data["image/png"][:32]] if "image/png" in data else []
        pictures += _PICTURE_SOURCE.findall(data.get("text/html", ""))
    sizes = (struct.unpack_from(">II", base64.b64decode(start), len(_PNG) + 8) for start in pictures)
    return sum(width * height for width, height in sizes)


def text(value: Any, limit: int = MAX_TEXT) -> str:
    """Plain text without control characters (but for newline, tab, return and colours), cut at `limit`."""
    if not isinstance(value, str):
        return ""
    plain = _CONTROL.sub("\ufffd", value[:limit])
    if plain.count("\x1b") > MAX_COLOURS:
        plain = plain.replace("\x1b", "")
    return plain if len(value) <= limit else plain + "\n... cut ..."


def sentence(value: Any, limit: int = 300) -> str:
    """One line of plain text."""
    return " ".join(re.sub("\x1b\\[[0-9;]*m?", "", text(value, limit)).split())


def markdown(source: str) -> str:
    """A student's prose as it was, but no tag, no picture and no link that is not plainly http(s) comes to life."""
    source = _OPENS.sub("< ", text(source, len(source)))
    return _TARGET.sub("] ", source.replace("![", "! ["))


def html(source: str) -> str:
    """HTML without scripts, styles, forms, frames and foreign pictures; nothing where it has too many tags or grows."""
    if source.count("<") > MAX_TAGS:
        return ""
    cleaned = nh3.clean(
        plain_tags(text(source, MAX_HTML)),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep_attribute,
        url_schemes={"http", "https", "data"},
        link_rel="noopener noreferrer",
    )
    return cleaned if len(cleaned) <= MAX_GROWTH * len(source) + 4096 else ""


def plain_tags(source: str) -> str:
    """HTML whose tags have few attributes, each well formed and in quotes, for a parser to read in linear time.

    A tag ends at the first >, as the rest of the kit's and pandas' HTML has it. This cleans nothing.
    """
    end = source.rfind(">") + 1
    return _TAG.sub(_plain_tag, source[:end]) + _OPENS.sub("&lt;", source[end:])


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
            told = text("\n".join(line for line in lines if isinstance(line, str))).split("\n", MAX_LINES)
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


def _read(said: str) -> Any:
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None


def _wants_libraries(items: Any) -> bool:
    """Whether there is something in outputs that more than a few linear patterns have to read."""
    found = items[:MAX_OUTPUTS] if isinstance(items, list) else []
    data = (item.get("data") for item in found if isinstance(item, dict))
    return any(isinstance(kinds, dict) and ("text/html" in kinds or "image/png" in kinds) for kinds in data)


def _plain_tag(found: re.Match[str]) -> str:
    closing, name, rest = found.groups()
    attributes: dict[str, str] = {}
    for attribute in () if closing or name.lower() in _FORMATTING else _ATTRIBUTE.finditer(rest):
        value = attribute[2][1:-1] if attribute[2][0] in "\"'" else attribute[2]
        attributes.setdefault(attribute[1].lower(), value.replace('"', "&quot;").replace("<", "&lt;"))
        if len(attributes) == MAX_ATTRIBUTES:
            break
    return "".join((f"<{closing}{name}", *(f' {key}="{value}"' for key, value in attributes.items()), ">"))


def _printed(line: str) -> NotebookNode:
    return NotebookNode(output_type="stream", name="stdout", text=f"{line}\n")


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
