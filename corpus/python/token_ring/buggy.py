"""Three friends pass a message on, each under the lock, but nothing says who speaks first.

verdict: finding assertion
shows: error
source: SCTBench CS.token_ring_bad
within: 1000
"""

import threading

lock = threading.Lock()
heard = {"Ada": "tea at four", "Ben": None, "Cleo": None}
passed = []


def whisper(speaker, listener):
    with lock:
        heard[listener] = heard[speaker]
        passed.append(listener)


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
