"""The API server of the tests (src/api/api_server_tool.cc) and clients that sign as AWS's own do."""
import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request
from urllib.parse import quote, urlencode

import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.session
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "service"))

from service_harness import MODELS, sign_again  # noqa: E402

SERVER = pathlib.Path(os.environ.get("ASSAY_BUILD_DIR", ROOT / "build")) / "api-server"
MASTER, MEMBER, REGION = "111122223333", "444455556666", "us-east-1"
KEY_ID, SECRET = "AKIATESTTESTTESTTEST", "test-secret"


class Api:
    def __init__(self, directory, port):
        self.directory = directory
        self.url = f"http://127.0.0.1:{port}"
        self.ids = 0

    def macie(self, region=REGION, key_id=KEY_ID, secret=SECRET, validate=True, attempts=0):
        session = botocore.session.Session()
        session.get_component("data_loader").search_paths.append(MODELS)
        config = botocore.config.Config(parameter_validation=validate, retries={"max_attempts": attempts})
        client = session.create_client("macie", region_name=region, endpoint_url=self.url, config=config,
                                       aws_access_key_id=key_id, aws_secret_access_key=secret)
        if not attempts:  # with attempts the SDK does it itself
            client.meta.events.register("needs-retry.macie", sign_again)
        return client

    def signed(self, method, path, body=b"", headers=None, service="assay", auth=botocore.auth.SigV4Auth,
               key_id=KEY_ID, secret=SECRET):
        self.ids += 1
        request = botocore.awsrequest.AWSRequest(
            method, self.url + path, data=body,
            headers={"amz-sdk-invocation-id": str(self.ids), **(headers or {})})
        auth(botocore.credentials.Credentials(key_id, secret), service, REGION).add_auth(request)
        return request.prepare()

    def send(self, prepared):
        """Status and JSON of a prepared request."""
        request = urllib.request.Request(prepared.url, data=prepared.body or None, method=prepared.method,
                                         headers=dict(prepared.headers))
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def call(self, method, path, query=None, body=None, **keywords):
        path = "/api/v1" + quote(path) + ("?" + urlencode(query, quote_via=quote) if query else "")
        data = b"" if body is None else json.dumps(body).encode()
        return self.send(self.signed(method, path, data, **keywords))


@pytest.fixture
def api(tmp_path):
    for bucket, names in (("exports", ["a.csv", "b.csv"]), ("logs", ["2024/x.log"])):
        for name in names:
            path = tmp_path / MASTER / bucket / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("name,phone\nJane,555\n")
    process = subprocess.Popen([str(SERVER), str(tmp_path), KEY_ID, SECRET], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    port = process.stdout.readline().strip()
    assert port, "the API server did not start"
    yield Api(tmp_path, int(port))
    process.stdin.close()
    assert process.wait(30) == 0
