"""A counter at module level keeps every update: each thread adds to it under one lock.

verdict: clean
"""

import threading

hits = 0
hits_lock = threading.Lock()


def serve(page):
    global hits
    with hits_lock:
        hits += 1
    print(f"served {page}")


def main():
    threads = [threading.Thread(target=serve, args=(page,)) for page in ("home", "about")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hits == 2
    print(f"{hits} hits")


if __name__ == "__main__":
    main()
