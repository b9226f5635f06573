"""Measures the console: how its pages load in a browser, and its lists through HTTP over millions of objects."""

import collections
import http.client
import json
import pathlib
import statistics
import subprocess
import sys
import time
from urllib.parse import quote

import service_bench

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGES = ("/dashboard", "/objects", "/buckets", "/integrations/services/111122223333/s3/edit")
REQUESTS = 40  # of each list
# What the Objects page asks, by what a person sees there; the database is store_bench's.
LISTS = {
    "riskiest first": {},
    "newest first": {"order": "time"},
    "by key": {"order": "key"},
    "of a bucket": {"bucket": "bucket-7", "order": "time"},
    "of a prefix": {"bucket": "bucket-7", "prefix": "exports/2026/03/"},
    "first prefix of a bucket": {"bucket": "bucket-7", "firstPrefix": "exports"},
    "high risk": {"minRisk": "8", "order": "time"},
    "failed": {"outcome": "failed", "order": "time"},
    "PII type": {"piiType": "SSN"},
    "rare theme": {"theme": "Secret Markings", "order": "time"},
    "no PII": {"piiImpact": "none"},
    "readable by the world": {"worldReadable": "true"},
    "one key": {"key": "exports/2026/00/part-000001234.csv"},
    "key contains (in all)": {"keyContains": "part"},
    "key contains (in none)": {"keyContains": "passport"},
    "server-side encryption (2%)": {"serverEncryption": "aws:kms", "order": "time"},
    "size (in none)": {"minSize": "1000000"},
    "modified before": {"modifiedUntil": "2021-01-01T00:00:00Z"},
    "content type (in most)": {"contentType": "text/csv"},
    "content type (0.05%)": {"contentType": "application/pdf"},
    "extension and language": {"filetype": "csv", "languageCode": "en", "order": "time"},
    "ACL permission (in none)": {"aclPermission": "READ"},
    "content type risk, by key": {"minMimetypeRisk": "4", "order": "key"},
}


def measure_pages(build, work):
    estate = work / "estate"
    subprocess.run([sys.executable, ROOT / "scripts/make_demo_data.py", estate], check=True, capture_output=True)
    service = service_bench.Service(build, work / "console", estate / service_bench.ACCOUNT)
    for bucket in sorted(entry.name for entry in (estate / service_bench.ACCOUNT).iterdir()):
        service.associate(bucket)
    subprocess.run([service.assay, "status", "--wait", "--dir", str(service.directory)], check=True,
                   stdout=subprocess.DEVNULL)
    told = subprocess.run(["node", ROOT / "bench/console_pages.mjs", f"http://{service.host}",
                           service.access["console_user"], service.access["console_password"], *PAGES],
                          check=True, capture_output=True, text=True).stdout
    service.close()
    loads = collections.defaultdict(list)
    for line in told.splitlines():
        load = json.loads(line)
        loads[load["network"], load["path"]].append(load)
    print("\n## Console: pages in Chromium, processor slowed down four times, nothing cached, medians of three\n")
    print("| page | network | first contentful paint | largest contentful paint | total blocking time | transferred |")
    print("|---|---|---|---|---|---|")
    for (network, path), rounds in loads.items():
        fcp, lcp, tbt, size = (statistics.median(load[name] for load in rounds)
                               for name in ("fcp", "lcp", "tbt", "bytes"))
        print(f"| {path} | {network} | {fcp:.0f} ms | {lcp:.0f} ms | {tbt:.0f} ms | {size / 1024:.0f} KB |")


def time_list(service, name, parameters):
    """Milliseconds of each request, one after the other, and how many objects the first page had."""
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in sorted({**parameters, "limit": "50"}.items()))
    path = f"/api/v1/objects?{query}"
    connection = http.client.HTTPConnection(service.host, timeout=60)
    times = []
    for number in range(REQUESTS):
        headers = service_bench.signed_headers(service.access, service.host, path, f"{name}-{number}")
        begin = time.perf_counter()
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        body = reply.read()
        times.append((time.perf_counter() - begin) * 1000)
        if reply.status != 200:
            raise SystemExit(f"bench: {path}: {reply.status} {body[:300]}")
    connection.close()
    answer = json.loads(body)
    return times, f"{len(answer['objects'])}{'+' if 'nextToken' in answer else ''}"


def measure_lists(build, work, rows):
    def fill(directory):
        url = f"sqlite:{directory}/assay.db"
        subprocess.run([str(build / "bench" / "store_bench"), url, str(rows)], check=True)

    empty = work / "empty"
    empty.mkdir()
    service = service_bench.Service(build, work / "lists", empty, fill)
    print(f"\n## Console: GET /api/v1/objects over {rows:,} objects (SQLite), pages of 50, {REQUESTS} requests each\n")
    print("| list | first | median | p95 | rows | target |\n|---|---|---|---|---|---|")
    every = []
    for name, parameters in LISTS.items():
        times, found = time_list(service, name, parameters)
        every += times
        p95 = statistics.quantiles(times, n=20)[18]
        print(f"| {name} | {times[0]:.0f} ms | {statistics.median(times):.0f} | {p95:.0f} | {found} | 300 |", flush=True)
    print(f"| all of them | | {statistics.median(every):.0f} | {statistics.quantiles(every, n=20)[18]:.0f} | | 300 |")
    service.close()


def run(build, work, args):
    measure_pages(build, work)
    measure_lists(build, work, 10_000_000 if args.million else 1_000_000)
