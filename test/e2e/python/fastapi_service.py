"""A FastAPI service as its users write one, with the metrics of prometheus-fastapi-instrumentator."""

import os
import socket
import sys
import threading

import uvicorn
from fastapi import FastAPI, HTTPException
from prometheus_fastapi_instrumentator import Instrumentator

VERSION = sys.argv[1] if len(sys.argv) > 1 else "1.4.2"
app = FastAPI(version=VERSION)


@app.get("/health")
def health():
    return {"status": "pass", "releaseId": VERSION, "checks": {}}


@app.get("/orders")
def orders():
    return {"orders": [], "version": VERSION}


@app.get("/broken")
def broken():
    raise HTTPException(status_code=500, detail="out of stock")


Instrumentator().instrument(app).expose(app)

listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listening.bind(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])
