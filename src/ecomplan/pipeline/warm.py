"""Kernels forked from a warm process: a notebook starts in half a second instead of eight.

Most of a stage's time went into starting a kernel and importing pandas, matplotlib, seaborn and statsmodels.
`ecomplan report` therefore starts one process that has imported them and forks a kernel on request
(`serve`). The kernel's command is a small client (`warm_client.py`) that asks for the fork and lives as long
as the kernel: whichever of the two goes, the other follows. Without the warm process (plain `dvc repro`,
other systems than Linux) the client becomes an ordinary kernel. Results are the same to the byte.

Nothing of ecomplan and no jax is imported before the fork: the first could be edited meanwhile, the second
does not survive it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KERNEL = "ecomplan-warm"
SOCKET_ENV = "ECOMPLAN_WARM_SOCKET"
#: what a kernel must see so that results depend on inputs alone
KERNEL_ENV = {
    "PYTHONHASHSEED": "0", "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3",
    "MPLBACKEND": "Agg", "TZ": "UTC",
}
#: imported before the first fork, as every stage needs them
_NEEDED = (
    "ipykernel.kernelapp", "ipykernel.ipkernel", "numpy", "pandas", "pyarrow.parquet", "matplotlib.pyplot", "pydantic",
    "yaml",
)
#: imported one by one while no kernel is asked for
_WANTED = (
    "seaborn", "scipy.stats", "scipy.optimize", "pandera.pandas", "scipy.signal", "jinja2", "scipy.sparse.linalg",
    "sklearn.ensemble", "sklearn.linear_model", "statsmodels.api", "numba", "pyagrum", "semopy",
)


@contextmanager
def warm_kernels(root: Path) -> Iterator[dict[str, str]]:
    """Have a warm process while the block runs; yields what the stages' environment must hold."""
    if sys.platform != "linux":
        yield {}
        return
    path = _socket_path(root)
    process = subprocess.Popen(
        [sys.executable, "-m", "ecomplan.pipeline.warm", str(path)], cwd=root, env=os.environ | KERNEL_ENV,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        yield {SOCKET_ENV: str(path)}
    finally:
        process.kill()
        process.wait()
        path.unlink(missing_ok=True)


def install_kernel(root: Path) -> str:
    """Write the kernel's specification where `JUPYTER_PATH` will find it; returns that path."""
    folder = root / ".ecomplan" / "jupyter"
    spec = folder / "kernels" / KERNEL / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    client = Path(__file__).with_name("warm_client.py")
    content = json.dumps({
        "argv": [sys.executable, "-S", "-E", str(client), "{connection_file}"], "display_name": "Python 3 (warm)",
        "language": "python",
    })
    if not spec.exists() or spec.read_text(encoding="utf-8") != content:
        spec.write_text(content, encoding="utf-8")
    return str(folder)


def serve(path: Path) -> None:
    """Fork a kernel for each client until the process that started this one is gone."""
    parent = os.getppid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        path.unlink(missing_ok=True)
        server.bind(str(path))
        server.listen()  # clients may queue while the imports run
        for name in _NEEDED:
            importlib.import_module(name)
        # imported outside a notebook, pandas took this process for a terminal and would fit tables to its width
        sys.modules["pandas"].set_option("display.max_columns", 20)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # finished kernels leave no zombies
        wanted = list(_WANTED)
        while os.getppid() == parent:
            if not select.select([server], [], [], 0.0 if wanted else 0.2)[0]:
                if wanted:
                    _load(wanted.pop(0))
                    gc.freeze()  # what is imported stays: no kernel need look through it for garbage
                continue
            client, _ = server.accept()
            with client:
                request = json.loads(client.makefile("rb").readline())
                if os.fork() == 0:
                    server.close()
                    _become_kernel(client, request)


def _load(name: str) -> None:
    importlib.import_module(name)
    if name == "numba":  # what its first compiled function would set up in every kernel anew
        target = importlib.import_module("numba.core.registry").cpu_target
        target.typing_context.refresh()
        target.target_context.refresh()


def _become_kernel(client: socket.socket, request: dict[str, object]) -> None:
    """In the forked child: take the client's place, run the kernel, end with the client."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(request["environment"])  # type: ignore[call-overload]
    os.chdir(str(request["folder"]))

    def end_with_client() -> None:
        with contextlib.suppress(OSError):
            client.recv(1)
        os.killpg(0, signal.SIGKILL)  # and whatever the kernel started

    threading.Thread(target=end_with_client, daemon=True).start()
    sys.argv = ["ipykernel_launcher", "-f", str(request["connection_file"]), "--log-level=ERROR"]
    from ipykernel import kernelapp

    code = 0
    try:
        kernelapp.launch_new_instance()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os._exit(code)


def _socket_path(root: Path) -> Path:
    """Inside the project, or, where that is too long for a socket, in a private folder of the user."""
    path = root / ".ecomplan" / "warm.sock"
    if len(str(path)) < 100:
        path.parent.mkdir(exist_ok=True)
        return path
    import tempfile

    return Path(tempfile.mkdtemp(prefix="ecomplan-")) / "warm.sock"


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
