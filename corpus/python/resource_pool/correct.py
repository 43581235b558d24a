"""Three tasks share two connections: a semaphore counts, `pop` and `append` are one step each.

verdict: clean
"""

import threading
import time

connections = ["first", "second"]
free = threading.Semaphore(2)


def query(question):
    with free:
        connection = connections.pop()
        time.sleep(0.01)  # the server works
        print(f"{question} answered over the {connection} connection")
        connections.append(connection)


clients = [threading.Thread(target=query, args=(q,)) for q in ("who", "what", "when")]
for client in clients:
    client.start()
for client in clients:
    client.join()
assert len(connections) == 2
