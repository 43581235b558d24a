"""The layers have their places before anybody paints.

verdict: clean
options: --races
classes: 1
"""

import threading

layers = {"sky": None, "birds": None}


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
