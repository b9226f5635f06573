"""An endpoint that answers like AWS does where no emulator refuses: the error bodies are those of
STS and IAM themselves (API references of both, "Errors" and "Common Errors").
"""

import collections
import http.server
import threading
import urllib.parse

STS_ERROR = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>
  <RequestId>8f5a6a2b-0000-4000-8000-000000000000</RequestId>
</ErrorResponse>"""

STS_CREDENTIALS = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><Arn>{arn}</Arn><AssumedRoleId>AROAEXAMPLE:assay</AssumedRoleId></AssumedRoleUser>
    <Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
    <SessionToken>{arn}</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
  </AssumeRoleResult>
</AssumeRoleResponse>"""

STS_IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult><Arn>{arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>{account}</Account>
  </GetCallerIdentityResult></GetCallerIdentityResponse>"""

IAM_ROLE = """<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{action}Result><Role>
  <Path>/</Path><RoleName>{name}</RoleName><Arn>{arn}</Arn>
  <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></Role></{action}Result></{action}Response>"""


def error(status, code, message):
    return status, STS_ERROR.format(code=code, message=message)


class FakeAws:
    """Calls go to `answers[action]`: a function from the form to (status, body). A list of such
    functions answers one request each, its last one all the rest."""

    def __init__(self):
        self.answers = {}
        self.calls = collections.Counter()
        self.forms = []
        self.lock = threading.Lock()
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = dict(urllib.parse.parse_qsl(body))
                status, text = fake.answer(form, self.headers)
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, form, headers):
        action = form.get("Action", "")
        with self.lock:
            self.calls[action] += 1
            self.forms.append(form)
            answer = self.answers.get(action)
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if answer is None:
            return error(400, "InvalidAction", f"Could not find operation {action}")
        return answer(form, headers)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
