"""The queue before the gate as people meet it: its picture, calls, forecasts, a page for drivers.

Words of operators become events; everything else reads the dispatcher's state between two batches.
"""
