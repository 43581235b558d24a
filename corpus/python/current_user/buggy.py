"""A website keeps the current visitor in a global, and greets one visitor with the other's name.

verdict: finding assertion
shows: error
source: CPython documentation, threading.local
within: 1000
"""

import threading


class Request:
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
