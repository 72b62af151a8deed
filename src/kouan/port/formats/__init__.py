"""Plant models of others: VDMA LIF 1.0.0 and openTCS XML, read into one neutral map and written.

``lif`` and ``opentcs`` have ``read`` (bytes to map), ``lif`` and ``opentcs_writing`` have ``write``
(map to bytes). ``portfile`` writes a map as a port file, and ``fromport`` makes a map of one again.
Nothing here opens a file.
"""
