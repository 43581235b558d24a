"""The first task makes the client, the second finds it: test and store are under one lock.

verdict: clean
"""

import threading


class Client:
    def __init__(self, address):
        self.address = address


class Service:
    def __init__(self):
        self._client = None
        self._lock = threading.Lock()

    def client(self):
        with self._lock:
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
