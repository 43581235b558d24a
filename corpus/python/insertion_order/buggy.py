"""Two painters put their layers into one dictionary, and the picture is drawn in the order of its keys.

verdict: finding assertion
shows: error
source: CPython, Library Reference, Mapping Types (a dictionary keeps the order of insertion)
within: 1000
"""

import threading

layers = {}


def paint(name, colour):
    layers[name] = colour


threads = [
    threading.Thread(target=paint, args=("sky", "blue")),
    threading.Thread(target=paint, args=("birds", "black")),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
picture = "".join(f"[{name}: {colour}]" for name, colour in layers.items())
assert picture == "[sky: blue][birds: black]", f"the sky hides the birds: {picture}"
