// engine_bench [MIB]: one thread, the whole managed ruleset, on synthetic text of four kinds (64
// MiB each), against two rulers measured in the same run on the same text: the naive database
// (every pattern and theme keyword in one Vectorscan database) and a pure SIMD byte classification.
#include <hs/hs.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "detect/byte_masks.h"
#include "detect/compile_rules.h"
#include "detect/keywords.h"
#include "detect/sample_text.h"
#include "detect/scanner.h"

namespace assay {
namespace {

constexpr size_t kPieceBytes = 1u << 20;
constexpr int kRuns = 5;
constexpr double kMaxRunSeconds = 3;

class CountingSink final : public DetectionSink {
 public:
  void OnDetections(const TextPiece&, const std::vector<Detection>& found) override {
    count += found.size();
  }
  size_t count = 0;
};

class NoLocator final : public Locator {
 public:
  void Locate(size_t, size_t, Location*) const override {}
  bool HasFieldNames() const override { return false; }
};

struct Naive {
  hs_database_t* database = nullptr;
  hs_scratch_t* scratch = nullptr;
  size_t patterns = 0;
  size_t refused = 0;
};

std::string NaivePattern(const Identifier& id) {
  const std::string pattern = "(?:" + EffectivePattern(id) + ")";
  return id.boundary == Boundary::kNone ? pattern : "\\b" + pattern + "\\b";
}

bool Compiles(const std::string& pattern, unsigned flags) {
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  if (hs_compile(pattern.c_str(), flags, HS_MODE_BLOCK, nullptr, &database, &error) != HS_SUCCESS) {
    hs_free_compile_error(error);
    return false;
  }
  hs_free_database(database);
  return true;
}

Naive BuildNaive() {
  Naive naive;
  std::vector<std::string> patterns;
  std::vector<unsigned> flags, ids;
  const auto add = [&](const std::string& pattern, unsigned flag) {
    if (!Compiles(pattern, flag)) {
      ++naive.refused;
      return;
    }
    ids.push_back(static_cast<unsigned>(patterns.size()));
    patterns.push_back(pattern);
    flags.push_back(flag);
  };
  const auto identifiers = ManagedIdentifiers();
  for (const Identifier& id : identifiers.value()) {
    if (EffectivePattern(id).empty()) continue;
    add(NaivePattern(id), id.case_insensitive ? HS_FLAG_CASELESS : 0u);
  }
  const auto themes = ManagedThemes();
  for (const Theme& theme : themes.value()) {
    for (const std::string& keyword : theme.keywords) {
      size_t begin = 0;
      while (begin <= keyword.size()) {
        const size_t plus = std::min(keyword.find(" + ", begin), keyword.size());
        add("\\b" + EscapeRegex(keyword.substr(begin, plus - begin)) + "\\b", HS_FLAG_CASELESS);
        begin = plus + 3;
      }
    }
  }
  std::vector<const char*> pointers;
  for (const std::string& pattern : patterns) pointers.push_back(pattern.c_str());
  hs_compile_error_t* error = nullptr;
  if (hs_compile_multi(pointers.data(), flags.data(), ids.data(),
                       static_cast<unsigned>(pointers.size()), HS_MODE_BLOCK, nullptr,
                       &naive.database, &error) != HS_SUCCESS) {
    std::fprintf(stderr, "naive database: %s\n", error->message);
    std::exit(1);
  }
  hs_alloc_scratch(naive.database, &naive.scratch);
  naive.patterns = patterns.size();
  return naive;
}

// CPU time of this thread: unlike wall time, other work on the machine does not add to it.
double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Median GB/s of `scan` over the text in pieces; a run stops early when it takes too long.
double Measure(const std::string& text, const std::function<void(std::string_view)>& scan) {
  std::vector<double> rates;
  for (int run = 0; run < kRuns; ++run) {
    const double start = CpuSeconds();
    size_t done = 0;
    double seconds = 0;
    while (done < text.size() && seconds < kMaxRunSeconds) {
      const std::string_view piece = std::string_view(text).substr(done, kPieceBytes);
      scan(piece);
      done += piece.size();
      seconds = CpuSeconds() - start;
    }
    rates.push_back(static_cast<double>(done) / seconds / 1e9);
  }
  std::nth_element(rates.begin(), rates.begin() + kRuns / 2, rates.end());
  return rates[kRuns / 2];
}

struct Subject {
  const char* name;
  SampleKind kind;
  double target;
};

int Run(size_t mib, const char* only) {
  const double load_start = CpuSeconds();
  auto ruleset = Ruleset::Load({});
  const double load_seconds = CpuSeconds() - load_start;
  if (!ruleset.ok()) {
    std::fprintf(stderr, "%s\n", ruleset.status().message().c_str());
    return 1;
  }
  Scanner scanner(*ruleset);
  const Naive naive = only == nullptr ? BuildNaive() : Naive{};
  std::printf("\n## Engine, one thread, %zu identifiers and %zu themes, %zu MiB each\n\n",
              (*ruleset)->identifiers().size(), (*ruleset)->themes().size(), mib);
  std::printf("Naive database: %zu patterns (%zu refused by Vectorscan)\n\n", naive.patterns,
              naive.refused);
  std::printf(
      "| text | engine GB/s | naive GB/s | ratio | target | met | SIMD classes GB/s | of it |"
      " detections/MiB |\n|---|---|---|---|---|---|---|---|---|\n");
  std::vector<ByteMasks> masks(kPieceBytes / 64 + 1);
  const NoLocator locator;
  for (const Subject& subject :
       {Subject{"prose", SampleKind::kProse, 20}, Subject{"logs", SampleKind::kLogs, 12},
        Subject{"csv", SampleKind::kPiiCsv, 10}, Subject{"base64", SampleKind::kBase64, 20}}) {
    if (only != nullptr && std::string_view(only) != subject.name) continue;
    const std::string text = SampleText(subject.kind, mib << 20, 7);
    CountingSink sink;
    size_t scanned = 0;
    const double engine = Measure(text, [&](std::string_view bytes) {
      TextPiece piece;
      piece.text = bytes;
      piece.own_end = bytes.size();
      piece.locator = &locator;
      scanner.BeginObject();
      scanner.Scan(piece, sink);
      scanned += bytes.size();
    });
    if (only != nullptr) {
      std::printf("%s %.3f\n", subject.name, engine);
      continue;
    }
    size_t reports = 0;
    const double slow = Measure(text, [&](std::string_view bytes) {
      hs_scan(
          naive.database, bytes.data(), static_cast<unsigned>(bytes.size()), 0, naive.scratch,
          [](unsigned, unsigned long long, unsigned long long, unsigned, void* context) {
            ++*static_cast<size_t*>(context);
            return 0;
          },
          &reports);
    });
    const double simd = Measure(text, [&](std::string_view bytes) {
      ComputeMasks(bytes.data(), bytes.size(), masks.data());
    });
    std::printf("| %s | %.3f | %.4f | %.1f | %.0f | %s | %.1f | %.3f | %.0f |\n", subject.name,
                engine, slow, engine / slow, subject.target,
                engine / slow >= subject.target ? "yes" : "no", simd, engine / simd,
                static_cast<double>(sink.count) / (static_cast<double>(scanned) / (1u << 20)));
    std::fflush(stdout);
  }
  if (only != nullptr) return 0;
  // Small objects: what BeginObject and Scan cost beside the bytes.
  const std::string small = SampleText(SampleKind::kProse, 2048, 1).substr(0, 2048);
  CountingSink sink;
  const double rate = Measure(std::string(64u << 20, ' '), [&](std::string_view) {
    TextPiece piece;
    piece.text = small;
    piece.own_end = small.size();
    piece.locator = &locator;
    for (int i = 0; i < 512; ++i) {
      scanner.BeginObject();
      scanner.Scan(piece, sink);
    }
  });
  std::printf("\n2 KB objects of prose: %.2f us each. Ruleset::Load: %.1f ms\n",
              2048.0 / (rate * 1e3), load_seconds * 1e3);
  return 0;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) {
  const long mib = argc > 1 ? std::atol(argv[1]) : 64;
  return assay::Run(static_cast<size_t>(std::clamp(mib, 1l, 1024l)), argc > 2 ? argv[2] : nullptr);
}
