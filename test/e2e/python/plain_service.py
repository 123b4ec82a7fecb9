"""A service with nothing but Python's own library: application/health+json and Prometheus text."""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = sys.argv[1] if len(sys.argv) > 1 else "1.4.2"
BOUNDS = (0.005, 0.025, 0.1, 0.5)
STARTED = time.time()
lock = threading.Lock()
requests = {}
buckets = {bound: 0 for bound in BOUNDS}
total = 0


def metrics():
    lines = ["# HELP http_requests_total Requests.", "# TYPE http_requests_total counter"]
    with lock:
        for (path, status), count in requests.items():
            lines.append(f'http_requests_total{{handler="{path}",status="{status}"}} {count}')
        lines += ["# HELP http_request_duration_seconds Duration.", "# TYPE http_request_duration_seconds histogram"]
        for bound, count in buckets.items():
            lines.append(f'http_request_duration_seconds_bucket{{le="{bound}"}} {count}')
        lines.append(f'http_request_duration_seconds_bucket{{le="+Inf"}} {total}')
        lines.append(f"http_request_duration_seconds_count {total}")
    lines += ["# TYPE process_start_time_seconds gauge", f"process_start_time_seconds {STARTED}", ""]
    return "\n".join(lines)


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global total
        begun = time.time()
        if self.path == "/metrics":
            return self.answer(200, "text/plain; version=0.0.4", metrics())
        if self.path == "/health":
            body = {"status": "pass", "version": "1", "releaseId": VERSION, "checks": {}}
            return self.answer(200, "application/health+json", json.dumps(body))
        status = 200 if self.path == "/orders" else 500 if self.path == "/broken" else 404
        self.answer(status, "application/json", json.dumps({"orders": [], "version": VERSION}))
        took = time.time() - begun
        with lock:
            key = (self.path, status)
            requests[key] = requests.get(key, 0) + 1
            total += 1
            for bound in BOUNDS:
                if took <= bound:
                    buckets[bound] += 1
        return None

    def answer(self, status, kind, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
