// Compressed logs: classifying app.log.gz against (inflating it + classifying the inflated bytes),
// measured in turn in one process, best of five. Prints a table; the target ratio is at most 1.1.
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "classify/classify_object.h"

namespace {

using assay::Classification;
using assay::MemorySource;
using assay::ObjectClassifier;

constexpr size_t kTextBytes = 64u << 20;
constexpr int kRuns = 5;

std::string MakeLogs() {
  std::mt19937 random(20261);
  const auto below = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  static constexpr const char* kPaths[] = {"index",         "cart",  "search",
                                           "static/app.js", "login", "feed"};
  std::string text;
  text.reserve(kTextBytes + 512);
  char line[512];
  while (text.size() < kTextBytes) {
    std::snprintf(
        line, sizeof(line),
        "10.%u.%u.%u - - [12/Mar/2026:10:%02u:%02u +0000] \"GET /%s?id=%u HTTP/1.1\" %u %u "
        "\"https://example.org/%s\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n",
        below(256), below(256), below(256), below(60), below(60), kPaths[below(6)],
        below(100000000), 200u, below(900000), kPaths[below(6)]);
    text += line;
  }
  return text;
}

std::string Gzip(const std::string& text) {
  std::string out(text.size() + (1u << 20), '\0');
  std::vector<uint8_t> level(ISAL_DEF_LVL3_DEFAULT);
  isal_zstream stream;
  isal_deflate_init(&stream);
  stream.gzip_flag = IGZIP_GZIP;
  stream.level = 3;
  stream.level_buf = level.data();
  stream.level_buf_size = static_cast<uint32_t>(level.size());
  stream.end_of_stream = 1;
  stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uint32_t>(text.size());
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = static_cast<uint32_t>(out.size());
  isal_deflate(&stream);
  out.resize(stream.total_out);
  return out;
}

// Inflates into one reused buffer of 1 MiB, as a reader that only passes bytes on would.
uint64_t Inflate(const std::string& gzip) {
  static std::vector<uint8_t> buffer(1u << 20);
  inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  state.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(gzip.data()));
  state.avail_in = static_cast<uint32_t>(gzip.size());
  uint64_t total = 0;
  while (state.block_state != ISAL_BLOCK_FINISH) {
    state.next_out = buffer.data();
    state.avail_out = static_cast<uint32_t>(buffer.size());
    if (isal_inflate(&state) != ISAL_DECOMP_OK) break;
    total += buffer.size() - state.avail_out;
  }
  return total;
}

double Seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// What the work takes when nobody disturbs it.
double Best(const std::vector<double>& values) {
  return *std::min_element(values.begin(), values.end());
}

}  // namespace

int main() {
  auto ruleset = assay::Ruleset::Load({});
  if (!ruleset.ok()) {
    std::fprintf(stderr, "gzip_bench: %s\n", ruleset.status().ToString().c_str());
    return 1;
  }
  ObjectClassifier classifier(*ruleset, {});
  const std::string text = MakeLogs();
  const std::string gzip = Gzip(text);
  auto classify = [&](const std::string& bytes, const char* name) {
    MemorySource source(bytes);
    Classification result;
    classifier.Classify(source, name, nullptr, &result);
  };
  std::vector<double> inflate, scan, both;
  for (int run = 0; run <= kRuns; ++run) {
    const double a = Seconds([&] { Inflate(gzip); });
    const double b = Seconds([&] { classify(text, "app.log"); });
    const double c = Seconds([&] { classify(gzip, "app.log.gz"); });
    if (run == 0) continue;  // warm-up
    inflate.push_back(a);
    scan.push_back(b);
    both.push_back(c);
  }
  const double megabytes = static_cast<double>(text.size()) / 1e6;
  std::printf("\n## Compressed logs (%.0f MB inflated, %.0f MB compressed, one thread)\n\n",
              megabytes, static_cast<double>(gzip.size()) / 1e6);
  const double ratio = Best(both) / (Best(inflate) + Best(scan));
  std::printf(
      "| inflate MB/s | scan of the inflated MB/s | classify .gz MB/s (of inflated) | "
      "time / (inflate + scan) | target | met |\n|---|---|---|---|---|---|\n");
  std::printf("| %.0f | %.0f | %.0f | %.2f | 1.1 | %s |\n", megabytes / Best(inflate),
              megabytes / Best(scan), megabytes / Best(both), ratio, ratio <= 1.1 ? "yes" : "no");
  return 0;
}
