"""Commands that begin warm: each is a process of its own, forked from one that has imported torch.

    python warm.py SOCKET    serves; nothing of this project is imported before a command is forked

A folder of two clients, ``python`` and ``snakemake``, stands first on PATH; each hands its words, its
folder, its environment and its three streams to the server, and ends as the command does. All commands
of a server share its seed of hashes: what must not hang on the order of sets is tried cold.
"""

import atexit
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

# What commands import and take long to.
SLOW = ("torch", "scipy.optimize", "pandas", "pyarrow.parquet", "pydantic", "seaborn")
SLOW += ("snakemake.api", "snakemake.cli", "snakemake.workflow")
CLIENT = """#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({socket!r})
    said = [{name!r}, sys.argv[1:], os.getcwd(), dict(os.environ)]
    text = json.dumps(said).encode()
    socket.send_fds(server, [len(text).to_bytes(8, "little")], [0, 1, 2])
    server.sendall(text)
    code = server.recv(1)
    os._exit(code[0] if code else 1)
"""


def clients(folder: Path) -> Path:
    """Start a server and return the folder of its clients, to be put first on PATH."""
    place = folder / "socket"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    server = subprocess.Popen([sys.executable, __file__, str(place)], env=environment)
    atexit.register(server.wait)
    atexit.register(server.terminate)
    while not place.exists():
        if server.poll() is not None:
            raise RuntimeError("the server of warm commands did not start")
        time.sleep(0.05)
    for name in ("python", "snakemake"):
        client = folder / name
        client.write_text(CLIENT.format(python=sys.executable, socket=str(place), name=name))
        client.chmod(0o755)
    return folder


def serve(place: str) -> None:
    """Fork a process for each command, until the process that started this one has ended."""
    parent = os.getppid()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{place}.draft")
        server.listen(64)
        server.settimeout(1.0)
        os.rename(f"{place}.draft", place)
        while os.getppid() == parent:
            try:
                client, _ = server.accept()
            except TimeoutError:
                continue
            if os.fork() == 0:
                server.close()
                answer(client)
            client.close()


def answer(client: socket.socket) -> None:
    """Run one command in a process of its own, and tell its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, streams, _, _ = socket.recv_fds(client, 8, 3)
    size, text = int.from_bytes(head, "little"), b""
    while len(text) < size:
        part = client.recv(1 << 20)
        if not part:  # it was killed
            os._exit(1)
        text += part
    child = os.fork()
    if child == 0:
        client.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        command(*json.loads(text))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    client.sendall(bytes([code % 256]))
    os._exit(0)


def command(name: str, words: list[str], folder: str, environment: dict[str, str]) -> None:
    """Be the command: ``python -m MODULE WORD ...`` or ``snakemake WORD ...``."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if name == "python" and words[:1] != ["-m"]:
        os.execv(sys.executable, [sys.executable, *words])
    if name == "python":
        first, module, rest = [folder], words[1], words[2:]
    else:
        first, module, rest = [], "snakemake", words
    given = filter(None, environment.get("PYTHONPATH", "").split(":"))
    sys.path[:] = [*first, *map(os.path.abspath, given), *sys.path[1:]]
    sys.argv = [name, *rest]
    code: object = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        code = stop.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code or 0))


if __name__ == "__main__":
    for module in SLOW:
        importlib.import_module(module)
    serve(sys.argv[1])
