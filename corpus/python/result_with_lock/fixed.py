"""The editor puts the manuscript down before asking.

verdict: clean
options: --races
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
        print("one more look")
    print(proof.result())
