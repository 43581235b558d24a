"""Each thread keeps its own visitor.

verdict: clean
"""

import threading


class Request(threading.local):
    user = None


request = Request()


def greeting():
    return f"welcome, {request.user}"


def handle(user):
    request.user = user
    page = greeting()
    assert user in page, f"{user} reads: {page}"


visitors = [threading.Thread(target=handle, args=(user,)) for user in ("Ada", "Ben")]
for visitor in visitors:
    visitor.start()
for visitor in visitors:
    visitor.join()
