"""The guest waits for the key with the door's lock in hand, which the porter needs before bringing the key.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/istio/16224
within: 1000
"""

import threading

door = threading.Lock()
key_is_there = threading.Event()


def guest():
    with door:
        key_is_there.wait()
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
