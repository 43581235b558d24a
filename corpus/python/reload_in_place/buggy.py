"""The price list is emptied and filled again while a customer looks a price up.

verdict: finding uncaught-exception
shows: error
source: Lu et al., ASPLOS 2008, atomicity violation
within: 1000
"""

import threading

prices = {"tea": 3, "milk": 2}


def reload(new):
    prices.clear()
    prices.update(new)


def look_up(item):
    print(item, "costs", prices[item])


clerk = threading.Thread(target=reload, args=({"tea": 4, "milk": 2},))
customer = threading.Thread(target=look_up, args=("tea",))
clerk.start()
customer.start()
clerk.join()
customer.join()
