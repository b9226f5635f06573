"""An AWS emulator with several accounts, and accounts_tool, which drives the account service."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import boto3
import botocore.config
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
REGION = "us-east-1"
sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from accounts_helpers import new_account  # noqa: E402
from fake_aws import FakeAws  # noqa: E402
from free_port import free_port  # noqa: E402


def build_directory():
    return pathlib.Path(os.environ.get("ASSAY_BUILD_DIR", ROOT / "build"))


class Moto:
    """moto's server: IAM, STS, KMS, CloudTrail, SQS, CloudFormation and S3 of any account."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.keys = {}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "moto ended"
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("moto does not answer")

    def client(self, service, account=None, region=REGION):
        """A client with an account's own credentials (a role assumed there, as moto offers it)."""
        keys = self.user_keys(account) if account else ("test", "test")
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            config=botocore.config.Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def user_keys(self, account):
        """Access keys of a user of an account: what the operator gives the service."""
        if account not in self.keys:
            role = boto3.client(
                "sts", endpoint_url=self.url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
            ).assume_role(RoleArn=f"arn:aws:iam::{account}:role/setup", RoleSessionName="setup")["Credentials"]
            iam = boto3.client(
                "iam",
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id=role["AccessKeyId"],
                aws_secret_access_key=role["SecretAccessKey"],
                aws_session_token=role["SessionToken"],
            )
            iam.create_user(UserName="operator")
            key = iam.create_access_key(UserName="operator")["AccessKey"]
            self.keys[account] = (key["AccessKeyId"], key["SecretAccessKey"])
        return self.keys[account]

    def launch(self, account, text, **parameters):
        """Creates a CloudFormation stack and waits until it is there."""
        client = self.client("cloudformation", account)
        client.create_stack(
            StackName="assay-roles",
            TemplateBody=text,
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        stack = client.describe_stacks(StackName="assay-roles")["Stacks"][0]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def close(self):
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="session")
def moto():
    server = Moto()
    yield server
    server.close()


@pytest.fixture
def fake_aws():
    server = FakeAws()
    yield server
    server.close()


class Service:
    """One service: a master account, a database of its own, and the connections of its accounts."""

    def __init__(self, directory, master):
        self.directory = directory
        self.master = master
        self.region = REGION
        self.connections = []
        self.environment = {}

    def run(self, *words):
        connections = self.directory / "connections.json"
        connections.write_text(json.dumps(self.connections))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        environment |= {"HOME": str(self.directory), "AWS_EC2_METADATA_DISABLED": "true", **self.environment}
        program = build_directory() / "src" / "accounts" / "accounts_tool"
        store = f"sqlite:{self.directory / 'assay.db'}"
        return subprocess.run(
            [program, store, self.master, self.region, connections, *[str(word) for word in words]],
            env=environment,
            capture_output=True,
            timeout=120,
            check=False,
            text=True,
        )

    def ok(self, *words):
        result = self.run(*words)
        assert result.returncode == 0, (result.returncode, result.stdout, result.stderr)
        return result.stdout

    def fails(self, *words):
        """The message of an operation that must fail."""
        result = self.run(*words)
        assert result.returncode == 1, (result.returncode, result.stdout, result.stderr)
        return result.stderr

    def lines(self, *words):
        return [json.loads(line) for line in self.ok(*words).splitlines()]

    def associate(self, ids):
        return {line["account"]: line for line in self.lines("associate", ids)}

    def accounts(self):
        return {line["account"]: line for line in self.lines("accounts")}

    def member_template(self):
        return self.ok("template", "member")


@pytest.fixture
def service(tmp_path, moto):
    """A service that reaches all accounts through the emulator, with the master's keys."""
    made = Service(tmp_path, new_account())
    made.connections = [{"account_id": "", "endpoint_url": moto.url}]
    keys = moto.user_keys(made.master)
    made.environment = {"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1]}
    return made


@pytest.fixture
def bare_service(tmp_path):
    return Service(tmp_path, new_account())


@pytest.fixture
def member(moto, service):
    """A member account with the stack of the member template, integrated."""
    account = new_account()
    moto.launch(account, service.member_template(), MasterAccountId=service.master)
    service.ok("enable")
    assert service.associate(account)[account]["ok"]
    return account
