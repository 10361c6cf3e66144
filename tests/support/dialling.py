"""`docker system dial-stdio` without a docker: both directions, and the end of input passed on.

    python3 dialling.py SOCKET

As the real one does, it ends when the daemon hangs up, whether or not its input has ended.
"""

from __future__ import annotations

import os
import socket
import sys
import threading


def main() -> None:
    daemon = socket.socket(socket.AF_UNIX)
    try:
        daemon.connect(sys.argv[1])
    except OSError as error:
        sys.exit(f"failed to open the raw stream connection: {error}")

    def send() -> None:
        while data := os.read(0, 65536):
            daemon.sendall(data)
        daemon.shutdown(socket.SHUT_WR)

    threading.Thread(target=send, daemon=True).start()
    while data := daemon.recv(65536):
        os.write(1, data)
    os._exit(0)


if __name__ == "__main__":
    main()
