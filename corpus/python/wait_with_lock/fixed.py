"""The guest waits first and takes the lock then.

verdict: clean
options: --races
"""

import threading

door = threading.Lock()
key_is_there = threading.Event()


def guest():
    key_is_there.wait()
    with door:
        print("the guest is in")


def porter():
    with door:
        print("the door is oiled")
    key_is_there.set()


threads = [threading.Thread(target=porter), threading.Thread(target=guest)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
