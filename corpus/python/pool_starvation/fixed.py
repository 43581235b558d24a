"""Tasks that wait for other tasks wait for a second pool, whose workers never wait.

verdict: clean
"""

import time
from concurrent.futures import ThreadPoolExecutor


def fetch(city):
    return f"sunny in {city}"


def report(fetchers, city):
    time.sleep(0.01)  # look up the address
    weather = fetchers.submit(fetch, city)
    return weather.result()


def main():
    with ThreadPoolExecutor(max_workers=2) as fetchers:
        with ThreadPoolExecutor(max_workers=2) as pool:
            reports = [pool.submit(report, fetchers, city) for city in ("Lima", "Oslo")]
            for future in reports:
                print(future.result())


if __name__ == "__main__":
    main()
