"""S3 servers of other people, started for the tests, and the program that is tested against them."""

import dataclasses
import os
import pathlib
import socket
import subprocess
import sys
import time
from urllib.parse import quote, unquote_to_bytes

import boto3
import botocore.config
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPS = ROOT / ".deps"
sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from fault_proxy import FaultProxy  # noqa: E402
from free_port import free_port  # noqa: E402

# Neither the user's AWS settings nor a proxy for the web must come between the tests and their servers.
CLEAN_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith("AWS_") and not name.lower().endswith("_proxy")
} | {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


def build_directory():
    return pathlib.Path(os.environ.get("ASSAY_BUILD_DIR", ROOT / "build"))


class ServerEnded(Exception):
    """The server did not stay: somebody else may have taken its port."""


def start_server(command, port):
    """Starts a program and waits until its port answers."""
    process = subprocess.Popen(
        [str(word) for word in command],
        env=CLEAN_ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerEnded(f"{command[0]} ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                pass
        except OSError:
            time.sleep(0.05)
            continue
        return process
    process.kill()
    raise AssertionError(f"{command[0]} does not answer")


def stop_server(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclasses.dataclass
class S3Server:
    name: str
    port: int
    access_key: str
    secret_key: str

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self, service="s3"):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=botocore.config.Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )


SERVERS = {}


def server(function):
    SERVERS[function.__name__] = function
    return function


@server
def versitygw(directory, port):
    program = DEPS / "bin" / "versitygw"
    if not program.exists():
        pytest.fail("versitygw is missing: run scripts/install_s3_servers.sh")
    command = [program, "--port", f"127.0.0.1:{port}", "--access", "testkey", "--secret",
               "testsecret", "--keep-alive", "--quiet", "posix", "--sidecar"]  # fmt: skip
    sidecar, data = directory / "sidecar", directory / "data"
    sidecar.mkdir()
    data.mkdir()
    process = start_server([*command, sidecar, data], port)
    return process, S3Server("versitygw", port, "testkey", "testsecret")


@server
def s3rver(directory, port):
    program = DEPS / "bin" / "s3rver"
    if not program.exists():
        pytest.fail("s3rver is missing: run scripts/install_s3_servers.sh")
    command = [program, "-d", directory, "-a", "127.0.0.1", "-p", port, "--silent"]
    process = start_server(command, port)
    return process, S3Server("s3rver", port, "S3RVER", "S3RVER")


@server
def moto(directory, port):
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port]
    process = start_server(command, port)
    return process, S3Server("moto", port, "testkey", "testsecret")


@pytest.fixture(scope="session", autouse=True)
def clean_environment():
    """The same for boto3 in this process."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(CLEAN_ENVIRONMENT)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """Starts each server once, when it is first asked for."""
    started = {}

    def start(name):
        for attempt in range(5):
            try:
                return SERVERS[name](tmp_path_factory.mktemp(name), free_port())
            except ServerEnded as error:
                reason = error
        raise AssertionError(f"five times: {reason}")

    def get(name):
        if name not in started:
            started[name] = start(name)
        return started[name][1]

    yield get
    for process, _ in started.values():
        stop_server(process)


@pytest.fixture(params=sorted(SERVERS))
def s3_server(request, running):
    return running(request.param)


_bucket_number = 0


def new_bucket(server):
    global _bucket_number
    _bucket_number += 1
    name = f"bucket-{os.getpid()}-{_bucket_number}"
    server.client().create_bucket(Bucket=name)
    return name


@pytest.fixture
def bucket(s3_server):
    return new_bucket(s3_server)


def without_aws_settings():
    return {name: value for name, value in CLEAN_ENVIRONMENT.items() if not name.startswith("AWS_")}


def encode(key):
    return quote(key, safe="")


class StoreTool:
    """Runs s3_store_tool, in an environment without any AWS setting but those given."""

    def __init__(self, home):
        self.program = build_directory() / "src" / "objectstore" / "s3_store_tool"
        self.home = home

    def run(self, *words, server=None, url=None, options=(), env=None, timeout=300):
        environment = without_aws_settings() | {"HOME": str(self.home), "AWS_EC2_METADATA_DISABLED": "true"}
        if server is not None:
            environment |= {
                "AWS_ACCESS_KEY_ID": server.access_key,
                "AWS_SECRET_ACCESS_KEY": server.secret_key,
            }
            url = url or server.url
        environment |= env or {}
        endpoint = ["--endpoint-url", url] if url else []
        return subprocess.run(
            [self.program, *endpoint, *options, *[str(word) for word in words]],
            env=environment,
            capture_output=True,
            timeout=timeout,
            check=False,
        )

    def ok(self, *words, **settings):
        result = self.run(*words, **settings)
        assert result.returncode == 0, result.stderr.decode()
        return result.stdout

    def fails(self, *words, **settings):
        """The reason and the message of a failure."""
        result = self.run(*words, **settings)
        assert result.returncode == 1, (result.returncode, result.stdout, result.stderr)
        reason, message = result.stderr.decode().rstrip("\n").split("\t", 1)
        return reason, message

    def keys(self, bucket, prefix="", page_size=1000, **settings):
        lines = self.ok("list", bucket, encode(prefix), page_size, **settings).splitlines()
        return [unquote_to_bytes(line.split(b"\t")[0]).decode() for line in lines]


@pytest.fixture
def tool(tmp_path):
    return StoreTool(tmp_path)


@pytest.fixture
def proxy(running):
    faulty = FaultProxy(running("versitygw").port)
    yield faulty
    faulty.close()
