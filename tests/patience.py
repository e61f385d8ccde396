"""How long a test waits for what must come: long, since only a test that fails waits so long."""

import os

PATIENCE_S = float(os.environ.get("HEARD_PATIENCE", "60"))
"""In s. Machines that build are slow and share their cores; at a desk `HEARD_PATIENCE=5` fails sooner."""
