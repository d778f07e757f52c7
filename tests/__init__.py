"""The tests. Here, before anything imports numpy: as learning does in a process of its own, one processor must do.

Threads for matrices as small as those of tests wait for each other longer than they work, most of all beside others.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
