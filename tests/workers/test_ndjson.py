"""Lines of NDJSON: bounded, numbered, and never the end of the rest."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.ndjson import MAX_LINE_BYTES, Line, NdjsonSource, UnreadableFile


def lines_of(path: Path) -> list[Line]:
    with NdjsonSource(str(path)) as source:
        return list(source)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_lines_are_numbered_from_one_and_empty_ones_left_out(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "input"
    path.write_bytes(compress(b'{"a":1}\n\n  \r\n{"b":2}'))

    assert lines_of(path) == [Line(1, b'{"a":1}\n'), Line(4, b'{"b":2}')]


def test_a_line_of_fifty_megabytes_is_refused_and_the_next_one_read(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b'{"a":"' + b"x" * 50_000_000 + b'"}\n{"b":2}\n')

    fault = f"the line is longer than {MAX_LINE_BYTES} bytes"
    assert lines_of(path) == [Line(1, b"", fault), Line(2, b'{"b":2}\n')]


def test_a_line_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "input"
    longest = b"x" * MAX_LINE_BYTES
    path.write_bytes(longest + b"\n" + longest + b"y\n")

    first, second = lines_of(path)
    assert (first.fault, len(first.content)) == (None, MAX_LINE_BYTES + 1)
    assert second.fault == f"the line is longer than {MAX_LINE_BYTES} bytes"


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_corrupted_gzip_ends_with_a_fault_after_what_could_be_read(
    tmp_path: Path, damage: str
) -> None:
    whole = gzip.compress(b"".join(b'{"n":%d,"pad":"%d"}\n' % (i, i * 7919) for i in range(20_000)))
    middle = len(whole) // 2
    broken = {
        "cut": whole[:middle],
        "flipped": whole[:middle] + b"\xff" * 64 + whole[middle + 64 :],
    }
    path = tmp_path / "input.gz"
    path.write_bytes(broken[damage])

    read = lines_of(path)

    assert read[-1].fault is not None
    assert read[-1].fault.startswith("the file cannot be read further: ")
    assert [line.number for line in read[:1000]] == list(range(1, 1001))
    assert read[0].content == b'{"n":0,"pad":"0"}\n'


def test_a_missing_file_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with (
        pytest.raises(UnreadableFile, match="No such file"),
        NdjsonSource(str(tmp_path / "nothing")),
    ):
        pass
