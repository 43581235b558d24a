"""Each thread sees its own value of a thread-local attribute, so two requests never mix.

verdict: clean
options: --races
classes: 1
"""

import threading

request = threading.local()


def greeting():
    return f"hello {request.user}"


def handle(user):
    request.user = user
    request.visits = 0
    request.visits += 1
    assert greeting() == f"hello {user}"
    assert request.visits == 1


threads = [threading.Thread(target=handle, args=(user,)) for user in ("Ada", "Ben")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not hasattr(request, "user")
