"""notify_socket.py PATH: stands where a service manager stands; prints each datagram as a line of JSON, first one that says it listens."""

import json
import socket
import sys

ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ear.bind(sys.argv[1])
print(json.dumps("listening"), flush=True)
while True:
    print(json.dumps(ear.recv(65536).decode()), flush=True)
