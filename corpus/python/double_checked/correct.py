"""Double-checked locking done right: the test is made again under the lock.

verdict: clean
"""

import threading


class Settings:
    _lock = threading.Lock()
    _values = None

    @classmethod
    def values(cls):
        if cls._values is None:
            with cls._lock:
                if cls._values is None:
                    cls._values = {"language": "en", "colour": "blue"}
        return cls._values


def show(key):
    print(key, "is", Settings.values()[key])


readers = [threading.Thread(target=show, args=(key,)) for key in ("language", "colour")]
for reader in readers:
    reader.start()
for reader in readers:
    reader.join()
