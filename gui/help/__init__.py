"""Help without a network: pages made from the declarations, and a window that shows them."""
