"""A real HTTP server on loopback that takes batches and answers as it is told."""

import http.server
import json
import threading


class AnsweringServer(http.server.ThreadingHTTPServer):
    """Answers each POST with the next status of `script`, 200 when it is empty; None closes the connection without an answer."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests, self.script = [], []
        self.arrived = threading.Condition()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.server_port}"

    def wait_for_requests(self, number):
        with self.arrived:
            return self.arrived.wait_for(lambda: len(self.requests) >= number, timeout=30)

    def handle_error(self, *_):
        """A feed that was ended does not wait for its answer."""

    def stop(self):
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        items = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.arrived:
            self.server.requests.append({"path": self.path, "headers": self.headers, "items": items, "peer": self.client_address})
            status = self.server.script.pop(0) if self.server.script else 200
            self.server.arrived.notify_all()
        if status is None:
            self.close_connection = True
            return
        answer = json.dumps({"title": "Problem", "detail": f"detail of {status}"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass
