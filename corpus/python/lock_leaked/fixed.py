"""A task returns early and gives its lock back, because `with` releases it on every way out.

verdict: clean
options: --races
"""

import threading

messages = []
lock = threading.Lock()


def post(text):
    with lock:
        if not text:
            return
        messages.append(text)


posters = [threading.Thread(target=post, args=(text,)) for text in ("", "hello")]
for poster in posters:
    poster.start()
for poster in posters:
    poster.join()
assert messages == ["hello"]
print("messages:", messages)
