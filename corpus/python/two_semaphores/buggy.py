"""A writer needs ink and paper: one takes the ink first, the other the paper, and each waits for what the other has.

verdict: finding deadlock
shows: hang
source: Downey, The Little Book of Semaphores, deadlock
within: 1000
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
    threading.Thread(target=write, args=(paper, ink, "a letter")),
]
for writer in writers:
    writer.start()
for writer in writers:
    writer.join()
