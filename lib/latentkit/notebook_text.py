"""The text of a notebook's file, in whatever Unicode encoding an editor saved it: one rule for student and grader."""

MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16, with a byte-order mark or without.

    What cannot be decoded is replaced, and NUL left out: one damaged character costs no notebook.
    """
    encoding = next((encoding for mark, encoding in MARKS if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in content[:2]:  # JSON begins with one of ASCII's characters
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    return content.decode(encoding, "replace").replace("\0", "")
