// Documents of every format, one thread, no process boundary: what extracting the text of an object
// costs, and what classifying it costs in all. Usage: classify_bench FILE|FOLDER...; prints a row
// for each file, and for each content type in the folders. No target: the table shows what is slow.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "classify/classify_object.h"
#include "extract/extractor.h"
#include "extract/formats.h"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct NullSink final : assay::TextSink {
  bool OnText(const assay::TextPiece&) override { return true; }
};

struct Row {
  size_t objects = 0;
  size_t bytes = 0;
  size_t text_bytes = 0;
  double extract_us = 0;
  double classify_us = 0;
};

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Microseconds of one call: the best of a few rounds, so that a busy machine matters less.
double BestMicroseconds(const std::function<void()>& work) {
  work();
  double best = 1e12;
  for (int round = 0; round < 5; ++round) {
    const auto start = Clock::now();
    int calls = 0;
    std::chrono::duration<double, std::micro> spent{};
    do {
      work();
      ++calls;
      spent = Clock::now() - start;
    } while (spent.count() < 2000);
    best = std::min(best, spent.count() / calls);
  }
  return best;
}

// `label` names the row; "" takes the content type.
void Measure(const fs::path& path, const std::string& label, assay::ObjectClassifier& classifier,
             std::map<std::string, Row>* rows) {
  const std::string bytes = ReadFile(path);
  // Golden inputs are called NAME.in.
  const std::string name = (path.extension() == ".in" ? path.stem() : path.filename()).string();
  assay::ExtractReport report;
  const auto extract = [&] {
    assay::MemorySource source(bytes);
    NullSink sink;
    (void)assay::ExtractObject(source, name, {}, nullptr, sink, &report);
  };
  const auto classify = [&] {
    assay::MemorySource source(bytes);
    assay::Classification result;
    classifier.Classify(source, name, nullptr, &result);
  };
  const double extract_us = BestMicroseconds(extract);
  const double classify_us = BestMicroseconds(classify);
  if (report.text_bytes == 0) return;  // nothing was read: there is nothing to compare
  Row& row = (*rows)[label.empty() ? report.content_type : label];
  ++row.objects;
  row.bytes += bytes.size();
  row.text_bytes += report.text_bytes;
  row.extract_us += extract_us;
  row.classify_us += classify_us;
}

void Print(const std::map<std::string, Row>& rows) {
  std::printf("\n## Formats, one thread, without the process boundary (no target)\n\n");
  std::printf(
      "| what | objects | bytes each | text each | extract us | classify us | objects/s | "
      "MB/s |\n|---|---|---|---|---|---|---|---|\n");
  for (const auto& [type, row] : rows) {
    const auto count = static_cast<double>(row.objects);
    std::printf("| %s | %zu | %zu | %zu | %.1f | %.1f | %.0f | %.1f |\n", type.c_str(), row.objects,
                row.bytes / row.objects, row.text_bytes / row.objects, row.extract_us / count,
                row.classify_us / count, 1e6 * count / row.classify_us,
                static_cast<double>(row.bytes) / row.classify_us);
  }
}

}  // namespace

int main(int argc, char** argv) {
  auto ruleset = assay::Ruleset::Load({});
  if (!ruleset.ok() || !assay::PrepareFormatDetection().ok()) {
    std::fprintf(stderr, "classify_bench: %s\n", ruleset.status().ToString().c_str());
    return 1;
  }
  assay::ObjectClassifier classifier(*ruleset, {});
  std::map<std::string, Row> rows;
  for (int i = 1; i < argc; ++i) {
    std::error_code error;
    if (fs::is_regular_file(argv[i], error)) {
      Measure(argv[i], fs::path(argv[i]).filename().string(), classifier, &rows);
      continue;
    }
    for (const fs::directory_entry& entry : fs::directory_iterator(argv[i], error)) {
      if (entry.is_regular_file() && entry.path().extension() != ".out") {
        Measure(entry.path(), "", classifier, &rows);
      }
    }
  }
  if (rows.empty()) {
    std::fprintf(stderr, "usage: classify_bench FILE|FOLDER...\n");
    return 2;
  }
  Print(rows);
  return 0;
}
