"""Where keys, regions and endpoints come from, against moto's STS and servers of our own."""

import http.server
import json
import threading

import pytest

from conftest import new_bucket


@pytest.fixture
def gateway(running):
    return running("versitygw")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def test_keys_of_the_shared_files(gateway, tool, tmp_path):
    keys = (
        f"aws_access_key_id = {gateway.access_key}\naws_secret_access_key = {gateway.secret_key}\n"
    )
    write(tmp_path / ".aws/credentials", f"[default]\n{keys}\n[other]\n{keys}")
    write(
        tmp_path / ".aws/config",
        f"[default]\nendpoint_url = {gateway.url}\n"
        f"[profile other]\nregion = us-east-1\nservices = local # the servers\n"
        f"[services local]\ns3 =\n  endpoint_url = {gateway.url}\n",
    )
    bucket = new_bucket(gateway)
    assert bucket in tool.ok("buckets").decode().split()
    assert bucket in tool.ok("buckets", options=["--profile", "other"]).decode().split()
    assert bucket in tool.ok("buckets", env={"AWS_PROFILE": "other"}).decode().split()
    _, message = tool.fails("buckets", options=["--profile", "missing"])
    assert "no profile named missing" in message


def test_an_explicit_profile_beats_keys_of_the_environment(gateway, tool, tmp_path):
    write(
        tmp_path / "elsewhere",
        f"[p]\naws_access_key_id={gateway.access_key}\naws_secret_access_key={gateway.secret_key}\n",
    )
    env = {
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "elsewhere"),
        "AWS_ACCESS_KEY_ID": "wrong",
        "AWS_SECRET_ACCESS_KEY": "wrong",
        "AWS_ENDPOINT_URL_S3": gateway.url,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    }
    tool.ok("buckets", env=env, options=["--profile", "p"])
    assert tool.fails("buckets", env=env)[0] == "access-denied"


def test_a_credential_process(gateway, tool, tmp_path):
    reply = {
        "Version": 1,
        "AccessKeyId": gateway.access_key,
        "SecretAccessKey": gateway.secret_key,
    }
    document = write(tmp_path / "keys file.json", json.dumps(reply))
    write(
        tmp_path / ".aws/config",
        f'[profile p]\ncredential_process = /bin/cat "{document}"\n'
        "[profile bad]\ncredential_process = /bin/false\n",
    )
    tool.ok("buckets", url=gateway.url, options=["--profile", "p"])
    reason, _ = tool.fails("buckets", url=gateway.url, options=["--profile", "bad"])
    assert reason == "access-denied"


def test_no_keys_and_no_signature(gateway, tool):
    _, message = tool.fails("buckets", url=gateway.url)
    assert "no AWS credentials found" in message
    reason, _ = tool.fails("buckets", url=gateway.url, options=["--no-sign-request"])
    assert reason == "access-denied"


def test_anonymous_reads_of_an_open_bucket(running, tool):
    moto = running("moto")
    bucket = new_bucket(moto)
    moto.client().put_object(Bucket=bucket, Key="k", Body=b"open", ACL="public-read")
    got = tool.ok("cat", bucket, "k", url=moto.url, options=["--no-sign-request"])
    assert got == b"open"


def test_a_role_by_option_and_by_profile(running, tool, tmp_path):
    moto = running("moto")
    new_bucket(moto)
    role = "arn:aws:iam::123456789012:role/scan"
    by_option = ["--role-arn", role, "--external-id", "shared"]
    env = {"AWS_ENDPOINT_URL_STS": moto.url}
    tool.ok("buckets", server=moto, options=by_option, env=env)
    keys = "aws_access_key_id = a\naws_secret_access_key = b\n"
    write(
        tmp_path / ".aws/config",
        f"[profile base]\n{keys}[profile role]\nrole_arn = {role}\nsource_profile = base\n"
        f"[profile circle]\nrole_arn = {role}\nsource_profile = circle2\n"
        f"[profile circle2]\nrole_arn = {role}\nsource_profile = circle\n",
    )
    tool.ok("buckets", url=moto.url, options=["--profile", "role"], env=env)
    _, message = tool.fails("buckets", url=moto.url, options=["--profile", "circle"], env=env)
    assert "circle" in message


def test_a_web_identity(running, tool, tmp_path):
    moto = running("moto")
    env = {
        "AWS_ENDPOINT_URL": moto.url,
        "AWS_WEB_IDENTITY_TOKEN_FILE": write(tmp_path / "token", "header.payload.signature\n"),
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/pod",
    }
    tool.ok("buckets", env=env)


class Agent:
    """Answers like a container's agent and like the instance metadata service."""

    def __init__(self, server):
        credentials = {
            "AccessKeyId": server.access_key,
            "SecretAccessKey": server.secret_key,
            "Expiration": "2099-01-01T00:00:00Z",
        }

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def reply(self, status, text=""):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_PUT(self):
                if "X-aws-ec2-metadata-token-ttl-seconds" in self.headers:
                    self.reply(200, "instance-token")
                else:
                    self.reply(400)

            def do_GET(self):
                base = "/latest/meta-data/iam/security-credentials/"
                if self.path == "/container?x=1":
                    allowed = self.headers.get("Authorization") == "container-token"
                    self.reply(200 if allowed else 403, json.dumps(credentials) if allowed else "")
                elif self.headers.get("X-aws-ec2-metadata-token") != "instance-token":
                    self.reply(401)
                elif self.path == base:
                    self.reply(200, "my role")
                elif self.path == base + "my%20role":
                    self.reply(200, json.dumps(credentials))
                else:
                    self.reply(404)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def agent(gateway):
    running = Agent(gateway)
    yield running
    running.server.shutdown()
    running.server.server_close()


def test_a_container(gateway, agent, tool, tmp_path):
    env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url + "/container?x=1"}
    token = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token"}
    tool.ok("buckets", url=gateway.url, env=env | token)
    file = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": write(tmp_path / "t", "container-token\n")}
    tool.ok("buckets", url=gateway.url, env=env | file)
    tool.fails("buckets", url=gateway.url, env=env, options=["--max-attempts", "1"])
    env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.org/container"}
    _, message = tool.fails("buckets", url=gateway.url, env=env | token)
    assert "must be https" in message


def test_an_instance(gateway, agent, tool):
    env = {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": agent.url}
    tool.ok("buckets", url=gateway.url, env=env)


def test_the_region_of_a_bucket(running, tool):
    moto = running("moto")
    moto.client().create_bucket(
        Bucket="in-the-west", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    assert tool.ok("region", "in-the-west", server=moto).decode() == "us-west-2\n"
    tool.fails("region", "no-such-bucket-at-all", server=moto)
