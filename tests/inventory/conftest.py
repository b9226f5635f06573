"""inventory_tool, and the S3 servers of tests/s3."""

import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest

_S3_CONFTEST = pathlib.Path(__file__).resolve().parents[1] / "s3" / "conftest.py"
_spec = importlib.util.spec_from_file_location("s3_servers", _S3_CONFTEST)
s3_servers = importlib.util.module_from_spec(_spec)
sys.modules["s3_servers"] = s3_servers
_spec.loader.exec_module(s3_servers)

running = s3_servers.running  # the fixture


class InventoryTool:
    """Runs inventory_tool against a server, with a database of its own."""

    def __init__(self, directory):
        self.program = s3_servers.build_directory() / "src" / "inventory" / "inventory_tool"
        self.directory = directory

    def run(self, server, *words, url=None):
        environment = s3_servers.without_aws_settings()
        environment |= {"HOME": str(self.directory), "AWS_EC2_METADATA_DISABLED": "true",
                        "ASSAY_CLASSIFIER": str(s3_servers.build_directory() / "assay-classifier")}  # fmt: skip
        command = [self.program, f"sqlite:{self.directory}/inventory.db", url or server.url, server.access_key,
                   server.secret_key, "us-east-1", *words]  # fmt: skip
        return subprocess.run([str(word) for word in command], env=environment, capture_output=True, timeout=300,
                              check=False, text=True)  # fmt: skip

    def ok(self, server, *words, **settings):
        result = self.run(server, *words, **settings)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def json(self, server, *words, **settings):
        return json.loads(self.ok(server, *words, **settings))


@pytest.fixture
def tool(tmp_path):
    return InventoryTool(tmp_path)


@pytest.fixture
def moto(running):
    return running("moto")


@pytest.fixture
def versitygw(running):
    return running("versitygw")
