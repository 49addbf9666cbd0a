"""Lines of an NDJSON stream, plain or gzip, one at a time and bounded in memory."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MAX_LINE_BYTES = 4 * 1024 * 1024
Stream = IO[bytes] | gzip.GzipFile

_GZIP_MAGIC = b"\x1f\x8b"
_WHITESPACE = b" \t\r\n"


@dataclass(frozen=True)
class Line:
    """A line by its number, from 1; `fault` says why it has no content."""

    number: int
    content: bytes
    fault: str | None = None


class UnreadableFile(Exception):
    """The file is missing or may not be read; the message says which and why."""


class NdjsonSource:
    """A file, or standard input for `-`; a context manager."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._raw: IO[bytes] | None = None

    def __enter__(self) -> "NdjsonSource":
        try:
            self._raw = sys.stdin.buffer if self._name == "-" else Path(self._name).open("rb")
        except OSError as error:
            raise UnreadableFile(f"{self._name}: {error.strerror}") from None
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._raw is not None and self._name != "-":
            self._raw.close()

    @property
    def size(self) -> int | None:
        """Bytes in all; None for a stream."""
        return None if self._name == "-" else Path(self._name).stat().st_size

    @property
    def position(self) -> int:
        """Bytes of the file read so far."""
        return self._raw.tell() if self._raw is not None and self.size is not None else 0

    def __iter__(self) -> Iterator[Line]:
        """Empty lines are left out; a stream that breaks off ends with a faulty line."""
        number = 0
        try:
            for number, content, too_long in _pieces(self._stream()):
                if too_long:
                    yield Line(number, b"", f"the line is longer than {MAX_LINE_BYTES} bytes")
                elif content.strip(_WHITESPACE):
                    yield Line(number, content)
        except (OSError, EOFError, zlib.error) as error:
            yield Line(number + 1, b"", f"the file cannot be read further: {error}")

    def _stream(self) -> Stream:
        if self._raw is None:
            raise RuntimeError("open the source with `with` first")
        peek = getattr(self._raw, "peek", None)
        start = peek(2)[:2] if peek is not None else b""
        return gzip.GzipFile(fileobj=self._raw) if start == _GZIP_MAGIC else self._raw


def _pieces(stream: Stream) -> Iterator[tuple[int, bytes, bool]]:
    """(number, line, whether it was too long); the rest of a line too long is read and dropped."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        too_long = len(line) > MAX_LINE_BYTES and not line.endswith(b"\n")
        yield number, line, too_long
        while too_long and line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES)
