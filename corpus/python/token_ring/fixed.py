"""Each friend waits until the one before has spoken.

verdict: clean
options: --races
"""

import threading

lock = threading.Lock()
heard = {"Ada": "tea at four", "Ben": None, "Cleo": None}
passed = []
spoken = {name: threading.Event() for name in heard}
spoken["Ada"].set()


def whisper(speaker, listener):
    spoken[speaker].wait()
    with lock:
        heard[listener] = heard[speaker]
        passed.append(listener)
    spoken[listener].set()


def compare():
    with lock:
        if len(passed) == 2:
            assert heard["Ada"] == heard["Ben"] == heard["Cleo"], heard


threads = [
    threading.Thread(target=whisper, args=("Ada", "Ben")),
    threading.Thread(target=whisper, args=("Ben", "Cleo")),
    threading.Thread(target=compare),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
