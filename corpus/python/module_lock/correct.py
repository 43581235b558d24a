"""A lock made at module level by a name imported early protects a counter.

verdict: clean
options: --races
classes: 2
"""

from threading import Lock, Thread

_lock = Lock()
_served = {"count": 0}


def serve():
    with _lock:
        _served["count"] += 1


def main():
    threads = [Thread(target=serve) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _served["count"] == 2
    print(_served["count"], "served")


if __name__ == "__main__":
    main()
