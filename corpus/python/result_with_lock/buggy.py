"""The editor asks for the proof with the manuscript in hand, which the reader in the pool needs to read it.

verdict: finding deadlock
shows: hang
source: Goetz et al., Java Concurrency in Practice, resource deadlocks
within: 1000
"""

import threading
from concurrent.futures import ThreadPoolExecutor

manuscript = threading.Lock()


def proofread(text):
    with manuscript:
        return text.replace("teh", "the")


with ThreadPoolExecutor(max_workers=1) as reader:
    proof = reader.submit(proofread, "teh end")
    with manuscript:
        print(proof.result())
