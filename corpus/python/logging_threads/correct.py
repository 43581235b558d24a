"""Threads write to one log: the lock inside `logging` is theirs, not the program's.

verdict: clean
options: --races
classes: 1
"""

import logging
import threading

logging.basicConfig(level=logging.INFO, format="%(threadName)s %(levelname)s %(message)s")
log = logging.getLogger("shop")


def serve(customer):
    log.info("serving %s", customer)
    log.info("%s is happy", customer)


threads = [
    threading.Thread(target=serve, args=(customer,), name=f"till-{number}")
    for number, customer in enumerate(("Ada", "Ben"), start=1)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
log.info("closed")
