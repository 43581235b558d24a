"""The standard library's `queue` with Raddle's queues."""

from __future__ import annotations

import sys
from queue import Empty, Full

from raddle._raddle import LifoQueue, PriorityQueue, Queue, QueueStatistics, SimpleQueue

if sys.version_info >= (3, 13):
    from queue import ShutDown
else:
    from raddle._raddle import ShutDown

__all__ = ["Empty", "Full", "LifoQueue", "PriorityQueue", "Queue", "QueueStatistics", "ShutDown", "SimpleQueue"]
