"""A proxy between an S3 client and a server that does what bad networks and busy stores do.

Faults are queued; each matching request takes the next one. The Host header is passed on unchanged,
so that signatures stay valid.
"""

import collections
import http.client
import http.server
import socket
import struct
import threading
import time


class FaultProxy:
    """Listens on 127.0.0.1:`port`; `requests` holds (method, path, headers) of all that came."""

    def __init__(self, upstream_port):
        self.upstream_port = upstream_port
        self.faults = collections.deque()
        self.requests = []
        self.closed = threading.Event()
        self.lock = threading.Lock()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def plan(self, *faults):
        """Each fault is a dict; see _Handler. {} lets a request through."""
        with self.lock:
            self.faults.clear()
            self.faults.extend(faults)
            self.requests.clear()

    def take(self, method, path, headers):
        with self.lock:
            self.requests.append((method, path, headers))
            return self.faults.popleft() if self.faults else {}

    def close(self):
        self.closed.set()
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    """Faults: status + headers + body (answer by itself), reset (before anything is sent),
    cut=N (N bytes of the body, then the connection ends), rst=N (the same with a TCP reset),
    slow=SECONDS (between small pieces), stall=True (after half of the body, until the proxy is closed),
    length=DELTA (added to Content-Length), drop=[header names], set={header: value},
    before=FUNCTION (called before the request goes on)."""

    protocol_version = "HTTP/1.1"
    owner = None

    def log_message(self, *args):
        pass

    def do_GET(self):
        fault = self.owner.take(self.command, self.path, dict(self.headers))
        if fault.get("reset"):
            self.abort()
            return
        if "before" in fault:
            fault["before"]()
        if "status" in fault:
            self.answer(fault)
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.owner.upstream_port)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        reply = connection.getresponse()
        self.forward(reply, reply.read(), fault)
        connection.close()

    do_HEAD = do_GET

    def answer(self, fault):
        body = fault.get("body", b"")
        self.send_response_only(fault["status"])
        for name, value in fault.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def forward(self, reply, body, fault):
        self.send_response_only(reply.status)
        drop = {"connection", "transfer-encoding", "content-length", *fault.get("drop", [])}
        for name, value in reply.getheaders():
            if name.lower() not in drop:
                self.send_header(name, fault.get("set", {}).get(name.lower(), value))
        length = reply.getheader("Content-Length", str(len(body)))
        if self.command != "HEAD":
            length = str(len(body))
        self.send_header("Content-Length", str(int(length) + fault.get("length", 0)))
        self.end_headers()
        if self.command == "HEAD":
            return
        self.write_body(body, fault)
        if fault.get("length"):
            self.close_connection = True

    def write_body(self, body, fault):
        end = fault.get("cut", fault.get("rst"))
        if end is not None:
            self.wfile.write(body[:end])
            self.wfile.flush()
            if "rst" in fault:
                time.sleep(0.05)
                self.abort()
            self.close_connection = True
            return
        if "stall" in fault:
            half = len(body) // 2
            self.wfile.write(body[:half])
            self.wfile.flush()
            self.owner.closed.wait()
            self.close_connection = True
            return
        if "slow" in fault:
            step = max(1, len(body) // 20)
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                self.wfile.flush()
                time.sleep(fault["slow"])
            return
        self.wfile.write(body)

    def abort(self):
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.shutdown(socket.SHUT_RD)
        # The file objects keep the socket open; closing the descriptor sends the reset.
        socket.close(self.connection.detach())
