"""A small bookshop that sells through the gateway: the demo's customer side, and an example for integrators.

It knows the gateway only by the ASSIST protocol, over HTTP: nothing of ``oneclick`` outside this package is imported
here. ``protocol`` is the part worth copying into a real shop. The shop never sees a card.
"""

from oneclick.demo.shop.app import create_shop
from oneclick.demo.shop.options import ShopOptions
from oneclick.demo.shop.serve import run_shop, serve_shop

__all__ = ["ShopOptions", "create_shop", "run_shop", "serve_shop"]
