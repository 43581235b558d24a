"""Both workers of a pool wait for work that is queued behind them in the same pool.

verdict: finding pool-starvation
shows: hang
source: Goetz et al., Java Concurrency in Practice, ThreadDeadlock
within: 1000
"""

import time
from concurrent.futures import ThreadPoolExecutor


def fetch(city):
    return f"sunny in {city}"


def report(pool, city):
    time.sleep(0.01)  # look up the address
    weather = pool.submit(fetch, city)
    return weather.result()


def main():
    with ThreadPoolExecutor(max_workers=2) as pool:
        reports = [pool.submit(report, pool, city) for city in ("Lima", "Oslo")]
        for future in reports:
            print(future.result())


if __name__ == "__main__":
    main()
