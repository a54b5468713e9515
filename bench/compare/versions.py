"""Which version of each peer is measured."""

import json
import pathlib
import re
import subprocess

from compare.peers import PEERS, SCRIPTS, Peer

MISSING = {
    "tidewire": "it is not built: bench/run builds it",
    "centrifugo": "it could not be built: bench/run says why",
    "ws": "npm's ws or Node.js is not there",
    "socketio": "npm's socket.io or Node.js is not there",
}


def said_by(program: pathlib.Path, *arguments: str) -> str:
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, timeout=30)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "unknown"


def of_package(package: str) -> str:
    return str(json.loads((SCRIPTS / "node_modules" / package / "package.json").read_text())["version"])


def of_module(module: str) -> str:
    found = re.search(rf"{re.escape(module)} v(\S+)", (SCRIPTS / "centrifugo" / "go.mod").read_text())
    return found[1] if found else "unknown"


def version(peer: Peer, program: pathlib.Path, revision: str) -> str:
    match peer.kind:
        case "ws":
            return f"{of_package('ws')} on Node.js {said_by(program, '--version')}"
        case "socketio":
            return f"{of_package('socket.io')} on Node.js {said_by(program, '--version')}"
        case "centrifugo":
            return of_module("github.com/centrifugal/centrifugo/v5")
        case "mosquitto":
            return said_by(program, "-h")
        case "tidewire":
            return f"{said_by(program, '--version')} ({revision})"
        case _:
            return said_by(program, "--version")


def look_up(names: list[str], build: pathlib.Path, revision: str) -> tuple[dict[str, str], dict[str, str]]:
    """Of each peer its version, or why it is missing."""
    versions, missing = {}, {}
    for name in names:
        peer = PEERS[name]
        program = peer.program(build)
        if program is None:
            missing[name] = MISSING.get(peer.kind, "its Debian package is not installed")
        else:
            versions[name] = version(peer, program, revision)
    return versions, missing
