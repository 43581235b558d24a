"""A thread ends with a lock held, and another thread releases it, as a plain Lock allows.

verdict: clean
"""

import threading

door = threading.Lock()


def lock_up():
    door.acquire()
    print("the guard has locked the door")


def enter():
    with door:
        print("the visitor is in")


guard = threading.Thread(target=lock_up)
guard.start()
guard.join()
visitor = threading.Thread(target=enter)
visitor.start()
door.release()
visitor.join()
