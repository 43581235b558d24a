"""A counter at module level loses an update when two threads add to it.

verdict: finding lost-update
shows: output
source: CPython FAQ, what kinds of global value mutation are thread-safe
within: 1000
"""

import threading

hits = 0


def serve(page):
    global hits
    hits += 1
    print(f"served {page}")


def main():
    threads = [threading.Thread(target=serve, args=(page,)) for page in ("home", "about")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{hits} hits")


if __name__ == "__main__":
    main()
