"""The semaphore that should say that the tea is made begins with one permit, so the guest may drink before that.

verdict: finding assertion
shows: error
source: Downey, The Little Book of Semaphores, signaling
within: 1000
"""

import threading

made = threading.Semaphore(1)
cup = []


def make():
    cup.append("tea")
    made.release()


def drink():
    made.acquire()
    assert cup, "the cup is empty"


threads = [threading.Thread(target=make), threading.Thread(target=drink)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
