"""A terminal for a program: what it draws goes to standard output, and lines of standard input say what happens at the terminal.

usage: terminal.py ROWS COLUMNS PROGRAM ARGUMENT…
  keys TEXT       typed, TEXT is JSON
  size ROWS COLUMNS
The exit status is the program's. "tty changed" on standard error: it left the terminal in another mode than it found it in.
"""
import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios


def set_size(terminal: int, rows: str, columns: str) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def obey(line: str, terminal: int) -> None:
    order, _, rest = line.strip().partition(" ")
    if order == "keys":
        os.write(terminal, json.loads(rest).encode())
    elif order == "size":
        set_size(terminal, *rest.split())


def main(rows: str, columns: str, *command: str) -> int:
    terminal, inner = pty.openpty()
    set_size(terminal, rows, columns)
    mode = termios.tcgetattr(inner)
    pid = os.fork()
    if pid == 0:
        os.setsid()
        fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
        for each in (0, 1, 2):
            os.dup2(inner, each)
        os.execvpe(command[0], command, {**os.environ, "TERM": "xterm"})
    orders = b""
    sources = [terminal, 0]
    status = None
    while status is None:
        ready, _, _ = select.select(sources, [], [], 0.05)
        if terminal in ready:
            os.write(1, os.read(terminal, 65536))
        if 0 in ready:
            got = os.read(0, 65536)
            if not got:
                sources.remove(0)
            orders += got
            while b"\n" in orders:
                line, _, orders = orders.partition(b"\n")
                obey(line.decode(), terminal)
        if not ready:
            ended, how = os.waitpid(pid, os.WNOHANG)
            if ended:
                status = os.waitstatus_to_exitcode(how)
    if termios.tcgetattr(inner) != mode:
        sys.stderr.write("tty changed\n")
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
