"""A service for the tests, made by `assay init`, run by `assay serve`, used with stock clients."""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.loaders
import requests

ROOT = Path(__file__).resolve().parents[2]
ASSAY = Path(os.environ.get("ASSAY_BIN", ROOT / "build" / "assay")).resolve()
MASTER, MEMBER, OTHER = "111122223333", "444455556666", "777788889999"
REGION = "us-east-1"
# The Classic model left newer botocore releases; Debian's python3-botocore still carries it.
MODELS = "/usr/lib/python3/dist-packages/botocore/data"


def wait_until(what, condition, seconds=120):
    """Polls until the condition gives something true; returns that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        got = condition()
        if got:
            return got
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def sign_again(response=None, attempts=0, **_):
    """A change that equals one signed in the same second is to be signed again, as AWS's clients do by default."""
    error = response[1].get("Error", {}) if response else {}
    return 1 if error.get("Code") == "ThrottlingException" and attempts < 4 else None


class Service:
    """One data directory, and the service that runs in it now and then."""

    def __init__(self, directory, home, *init_arguments, environment=None, master=MASTER, settings="",
                 store_keys=None, store_url=None):
        """`settings` is TOML added to assay.toml; `store_keys` are in the environment of `init` alone."""
        self.directory = directory
        self.master = master
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8",
                            "AWS_EC2_METADATA_DISABLED": "true", **(environment or {})}
        keys = {"AWS_ACCESS_KEY_ID": store_keys[0], "AWS_SECRET_ACCESS_KEY": store_keys[1]} if store_keys else {}
        store = ["--store", store_url] if store_url else []
        self.access = json.loads(self.run("init", "--master-account", master, *init_arguments, *store,
                                          "--format", "json", environment=keys).stdout)
        with open(self.directory / "assay.toml", "a") as file:
            file.write(settings)
        self.process = None

    def run(self, command, *arguments, code=0, environment=None, **keywords):
        words = [str(ASSAY), *command.split(), "--dir", str(self.directory), *map(str, arguments)]
        done = subprocess.run(words, capture_output=True, timeout=300, env={**self.environment, **(environment or {})},
                              text=True, **keywords)
        assert code is None or done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done

    def json(self, command, *arguments, **keywords):
        return json.loads(self.run(command, *arguments, "--format", "json", **keywords).stdout)

    def jsonl(self, command, *arguments):
        return [json.loads(line) for line in self.run(command, *arguments, "--format", "jsonl").stdout.splitlines()]

    def start(self, *arguments, environment=None):
        self.launch(*arguments, environment=environment)
        wait_until("the service to answer", self.answers, 60)
        return self

    def launch(self, *arguments, environment=None, within=()):
        """Starts the process, and does not wait for it. `within`: what the command begins with."""
        log = open(self.directory / "serve.log", "ab")
        self.process = subprocess.Popen(
            [*within, str(ASSAY), "serve", "--dir", str(self.directory), "--listen", "127.0.0.1:0", *map(str, arguments)],
            env={**self.environment, **(environment or {})}, stderr=log, stdout=log)
        log.close()

    def answers(self):
        assert self.process.poll() is None, (self.directory / "serve.log").read_text()
        return (self.directory / "address").exists() and self.run("status", code=None).returncode == 0

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return None
        self.process.send_signal(how)
        code = self.process.wait(timeout=60)
        self.process = None
        return code

    @property
    def url(self):
        return (self.directory / "address").read_text().strip()

    def macie(self, region=REGION, access_key=None, secret=None, attempts=0, verify=None, **config):
        """A boto3 client of Macie Classic, which tries again so many times."""
        session = boto3.Session(aws_access_key_id=access_key or self.access["access_key_id"],
                                aws_secret_access_key=secret or self.access["secret_access_key"], region_name=region)
        session._session.get_component("data_loader").search_paths.insert(0, MODELS)
        settings = botocore.config.Config(retries={"max_attempts": attempts}, **config)
        client = session.client("macie", endpoint_url=self.url, config=settings, verify=verify)
        if not attempts:  # with attempts the SDK does it itself
            client.meta.events.register("needs-retry.macie", sign_again)
        return client

    def aws(self, *arguments, region=REGION, code=0):
        """Debian's AWS CLI."""
        environment = {**self.environment, "AWS_ACCESS_KEY_ID": self.access["access_key_id"],
                       "AWS_SECRET_ACCESS_KEY": self.access["secret_access_key"], "AWS_DEFAULT_REGION": region,
                       "AWS_MAX_ATTEMPTS": "3", "AWS_PAGER": ""}
        done = subprocess.run(["/usr/bin/aws", "macie", *arguments, "--endpoint-url", self.url, "--output", "json"],
                              capture_output=True, text=True, timeout=120, env=environment)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else done.stderr

    def api(self, path, method="GET", body=None):
        """What the console's API answers to a signed request."""
        request = botocore.awsrequest.AWSRequest(method, f"{self.url}/api/v1{path}",
                                                 data=b"" if body is None else json.dumps(body).encode())
        keys = botocore.credentials.Credentials(self.access["access_key_id"], self.access["secret_access_key"])
        botocore.auth.SigV4Auth(keys, "assay", REGION).add_auth(request)
        answer = requests.request(method, request.url, data=request.body, headers=dict(request.headers), timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def idle(self):
        """Waits until everything that was there at the time is classified."""
        self.run("status", "--wait")
        return self

    def objects(self, *arguments):
        """Records by (account, bucket, key)."""
        records = self.jsonl("objects list", "--all", "--order", "key", *arguments)
        found = {(record["accountId"], record["bucket"], record["key"]): record for record in records}
        assert len(found) == len(records), "an object came twice"
        return found

    def select(self, bucket, prefix=None, account=None, region=REGION, one_time="FULL"):
        """Chooses a bucket or prefix through Macie's API; refusals of items are failures."""
        item = {"bucketName": bucket, "classificationType": {"oneTime": one_time, "continuous": "FULL"}}
        account = {"memberAccountId": account} if account else {}
        answer = self.macie(region).associate_s3_resources(
            s3Resources=[{**item, **({"prefix": prefix} if prefix else {})}], **account)
        assert answer.get("failedS3Resources", []) == [], answer

    def charged(self, account=None):
        """Bytes charged to an account's quota."""
        rows = {row["accountId"]: row["chargedBytes"] for row in self.json("accounts list")["accounts"]}
        return rows[account or self.master]
