"""Both take the ink first.

verdict: clean
options: --races
"""

import threading

ink = threading.Semaphore(1)
paper = threading.Semaphore(1)


def write(first, second, text):
    first.acquire()
    second.acquire()
    print("wrote", text)
    second.release()
    first.release()


writers = [
    threading.Thread(target=write, args=(ink, paper, "a poem")),
    threading.Thread(target=write, args=(ink, paper, "a letter")),
]
for writer in writers:
    writer.start()
for writer in writers:
    writer.join()
