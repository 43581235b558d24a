"""Two tasks both find no client and both make one: lazy initialisation without a lock.

verdict: finding stale-check
shows: output
source: Goetz et al., Java Concurrency in Practice, LazyInitRace
within: 1000
"""

import threading


class Client:
    def __init__(self, address):
        self.address = address


class Service:
    def __init__(self):
        self._client = None

    def client(self):
        if self._client is None:
            self._client = Client("shop.example")
        return self._client


def main():
    service = Service()
    users = [threading.Thread(target=service.client) for _ in range(2)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    print("connected to", service.client().address)


if __name__ == "__main__":
    main()
