"""A history in an object store that speaks S3, over real HTTP: gofakes3, built with Go when the test first runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow.dataset as ds
import pytest
from pyarrow import fs
from tests.full.foreign_peers import go_program, running
from tests.unit.history.archive import OTHER, SPEED, STATUS, Archive

from setpoint.core.history import NOT_RECORDED
from setpoint.errors import StorageError
from setpoint.history.layout import POINTS
from setpoint.history.store import Store

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Returns the URL of a place in a bucket, as ``--history`` expects it."""
    with running([go_program("s3")], tmp_path_factory.mktemp("s3")) as endpoint:
        yield f"s3://plant/history?scheme=http&endpoint_override={endpoint}&region=us-east-1"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv(
        "AWS_REQUEST_CHECKSUM_CALCULATION", "when_required"
    )  # as docs/reference/history.md says


def test_recorded_values_lie_in_the_bucket_and_the_next_server_reads_them(url: str, tmp_path: Path) -> None:
    archive = Archive(tmp_path, url).begin()
    for minute in range(20):
        at = 86_400 - 600 + minute * 60
        archive.add(at + 60, (SPEED, at, float(minute)), (STATUS, at, "RUNNING"), (OTHER, at, 2.0))
        archive.writer.flush()
        archive.writer.compact()
    archive.open()  # killed: only the tail is on this computer, everything else is in the bucket
    assert [value for _, value, _ in archive.points(SPEED, 0, 90_000)] == [*map(float, range(20)), None]
    assert archive.points(STATUS, 86_000, 90_000)[-1][2] == NOT_RECORDED
    folders = archive.writer.stored()
    yesterday = next(each for each in folders if (each.kind, each.period) == (POINTS, "2025-11-28"))
    assert len(folders[yesterday]) == 1, "small files are merged, and removed"
    files, root = fs.FileSystem.from_uri(url)
    table = ds.dataset(f"{root}/points", filesystem=files, partitioning="hive").to_table()
    assert table.num_rows > 60, "other tools can read the bucket directly"
    assert not list(tmp_path.rglob("points")), "only the tail is on this computer"


def test_a_bucket_that_is_not_there_stops_writing_with_a_reason(url: str, tmp_path: Path) -> None:
    archive = Archive(tmp_path, url.replace("s3://plant/", "s3://nowhere/")).begin()
    archive.add(5, (SPEED, 1, 1.0))
    archive.writer.flush()
    with pytest.raises(StorageError, match="cannot write points/day=2025-11-28"):
        archive.writer.compact()
    assert archive.points(SPEED, 0, 5) == [(1, 1.0, "GOOD")], "it is kept in memory and in the tail"
    assert Store(url).names(), "another bucket works as before"
