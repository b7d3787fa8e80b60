"""Small parts that every panel is made of."""
