# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Says in the home where the daemon answers, also when the disk is full. Writes and removes small files in the home.

A daemon that cannot be found cannot say that the disk is full: a spare file keeps the room for one endpoint.
"""

import asyncio
import contextlib
import errno
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from edge_daemon.home import Endpoint, Home

log = logging.getLogger(__name__)

SPARE_BYTES = 16 * 1024
RETRY_S = 1.0
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextlib.asynccontextmanager
async def announced(place: Home, endpoint: Endpoint) -> AsyncIterator[None]:
    """The endpoint is in the home for the length of the block: at once, or as soon as there is room for it.

    Raises OSError for a cause other than a full disk.
    """
    if not _write(place, endpoint):
        _spare(place).unlink(missing_ok=True)
    telling = asyncio.create_task(_tell(place, endpoint))
    try:
        yield
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling
        place.remove_endpoint()
        _keep_spare(place)


async def _tell(place: Home, endpoint: Endpoint) -> None:
    while not _write(place, endpoint):
        log.error("the disk has no room for the file that says where the recorder answers")
        await asyncio.sleep(RETRY_S)
    while not _keep_spare(place):
        await asyncio.sleep(RETRY_S)


def _write(place: Home, endpoint: Endpoint) -> bool:
    try:
        place.write_endpoint(endpoint.url, endpoint.pid, endpoint.token)
    except OSError as error:
        if error.errno in _FULL:
            return False
        raise
    return True


def _keep_spare(place: Home) -> bool:
    spare = _spare(place)
    if spare.exists() and spare.stat().st_size == SPARE_BYTES:
        return True
    try:
        spare.write_bytes(bytes(SPARE_BYTES))
    except OSError as error:
        spare.unlink(missing_ok=True)
        if error.errno in _FULL:
            return False
        raise
    return True


def _spare(place: Home) -> Path:
    return place.path / "endpoint.spare"
