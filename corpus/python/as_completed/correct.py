"""The main task takes results in the order in which they come, and adds them up alone.

verdict: clean
"""

import time
from concurrent.futures import ThreadPoolExecutor, as_completed


def weigh(parcel):
    time.sleep(0.01 * len(parcel))
    return parcel, len(parcel)


total = 0
with ThreadPoolExecutor(max_workers=2) as pool:
    futures = [pool.submit(weigh, parcel) for parcel in ("book", "lamp", "pen")]
    for future in as_completed(futures):
        parcel, weight = future.result()
        print(f"{parcel} weighs {weight}")
        total += weight
assert total == 11
