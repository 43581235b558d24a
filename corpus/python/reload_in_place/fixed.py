"""The new price list is complete before it takes the old one's place.

verdict: clean
"""

import threading

prices = {"tea": 3, "milk": 2}


def reload(new):
    global prices
    prices = dict(new)


def look_up(item):
    print(item, "costs", prices[item])


clerk = threading.Thread(target=reload, args=({"tea": 4, "milk": 2},))
customer = threading.Thread(target=look_up, args=("tea",))
clerk.start()
customer.start()
clerk.join()
customer.join()
