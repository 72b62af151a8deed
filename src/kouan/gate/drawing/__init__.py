"""What a camera at the gate would see, drawn: for simulated cameras, demonstrations and measuring.

Everything here is synthetic. Sizes, colours and the ranges of weather and optics are assumptions.
"""
