"""The command of a warm kernel: ask for the fork and live as long as it. Standard library alone, for speed.

Run by its path as `python -S -E warm_client.py CONNECTION_FILE`; see warm.py.
"""

import json
import os
import select
import signal
import socket
import sys


def main(connection_file: str) -> None:
    """Stand for the forked kernel, or become an ordinary one where nobody forks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.connect(os.environ["ECOMPLAN_WARM_SOCKET"])
    except (KeyError, OSError):
        os.execv(
            sys.executable,
            [sys.executable, "-m", "ipykernel_launcher", "-f", connection_file, "--log-level=ERROR"],
        )
    request = {"connection_file": connection_file, "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109
    server.sendall(json.dumps(request).encode() + b"\n")
    parent = int(os.environ.get("JPY_PARENT_PID", os.getppid()))
    # nothing is ever sent: the socket becomes readable when the kernel has ended
    while os.getppid() == parent and not select.select([server], [], [], 0.5)[0]:
        pass


if __name__ == "__main__":
    main(sys.argv[1])
