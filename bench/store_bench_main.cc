// Inserts objects into a new store and times the console's lists at that size.
// Usage: store_bench URL ROWS    Prints Markdown tables.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "store/object_rows.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kPage = 1'000;  // objects in one transaction: a page of a listing
constexpr int kBuckets = 40;
constexpr int kAccounts = 4;
constexpr uint32_t kListed = 100;  // rows of a console page
constexpr int kRuns = 5;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Spreads numbers without a pattern; the same for the same input.
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// As ClassificationToJson writes a record.
std::string RecordOf(uint64_t dice) {
  const bool is_pdf = dice / 13 % 2'000 == 0;
  return std::string(R"({"last_crawl_time":"2026-11-28T05:00:00.000Z",)") +
         R"("filesystem_metadata":{"storage_class":"STANDARD"},"content_type":")" +
         (is_pdf ? "application/pdf" : "text/csv") + R"(","mimetypes":["text/csv"],)" +
         R"("encoding":"UTF-8","language_code":"en","filetypes":["csv"],"mimetype_risk":)" +
         (is_pdf ? "3" : "5") + R"(,"filetype_risk":1,"theme_risk":1,"regex_risk":1})";
}

// Object number i: most are classified without a find, as in real buckets.
assay::ObjectRow MakeObject(uint64_t i, uint64_t rows) {
  const uint64_t dice = Mix(i);
  assay::ObjectRow row;
  const uint64_t bucket = i * kBuckets / rows;  // a bucket after the other, in key order
  char text[64];
  std::snprintf(text, sizeof text, "%012llu",
                static_cast<unsigned long long>(100'000'000'000 + bucket % kAccounts));
  row.account_id = text;
  row.bucket = "bucket-" + std::to_string(bucket);
  std::snprintf(text, sizeof text, "exports/2026/%02llu/part-%09llu.csv",
                static_cast<unsigned long long>(i / (rows / kBuckets / 12 + 1) % 12),
                static_cast<unsigned long long>(i));
  row.key = text;
  row.etag = "\"0123456789abcdef0123456789abcdef\"";
  row.size = static_cast<int64_t>(dice % 1'000'000);
  row.classified_at_ms = static_cast<int64_t>(1'700'000'000'000 + i / 10);
  row.outcome = "classified";
  row.pii_impact = "none";
  row.dlp_risk = 1;
  row.bytes_classified = row.size;
  row.charged_bytes = row.size;
  if (dice % 100 < 3) {
    row.outcome = "failed";
    row.reason = dice % 2 == 0 ? "timeout" : "kms-denied";
    row.dlp_risk = 0;
  } else if (dice % 100 < 20) {
    row.outcome = "skipped";
    row.reason = "archived";
    row.dlp_risk = 0;
  } else if (dice % 100 < 45) {
    row.dlp_risk = static_cast<uint32_t>(2 + dice / 100 % 9);
    row.pii_types = {"EMAIL", "NAME"};
    row.themes = {"Banking Keywords"};
    row.pii_impact = row.dlp_risk >= 8 ? "high" : "low";
    if (dice / 1'000 % 50 == 0) row.pii_types.emplace_back("SSN");
    if (dice / 1'000 % 5'000 == 0) row.themes.emplace_back("Secret Markings");
  }
  row.last_modified_ms = static_cast<int64_t>(1'600'000'000'000 + dice % 100'000'000'000);
  row.server_encryption = dice / 7 % 50 == 0 ? "aws:kms" : "AES256";
  row.world_readable = dice / 11 % 100'000 == 0;
  row.record = RecordOf(dice);
  row.detections = std::string(300, 'd');
  return row;
}

void Fail(const assay::Status& status) {
  std::fprintf(stderr, "store_bench: %s\n", status.ToString().c_str());
  std::exit(1);
}

struct Query {
  const char* name;
  assay::ObjectFilter filter;
  assay::ObjectOrder order;
  int pages;  // how many pages deep
};

std::vector<Query> Queries() {
  using Order = assay::ObjectOrder;
  std::vector<Query> queries;
  const auto add = [&](const char* name, Order order, auto set, int pages = 1) {
    Query query{name, {}, order, pages};
    set(query.filter);
    queries.push_back(query);
  };
  add("riskiest", Order::kRisk, [](auto&) {});
  add(
      "riskiest, 20th page", Order::kRisk, [](auto&) {}, 20);
  add("newest", Order::kTime, [](auto&) {});
  add("by key", Order::kKey, [](auto&) {});
  add("riskiest of an account", Order::kRisk, [](auto& f) { f.account_id = "100000000001"; });
  add("newest of an account", Order::kTime, [](auto& f) { f.account_id = "100000000001"; });
  add("newest of a bucket", Order::kTime, [](auto& f) { f.bucket = "bucket-7"; });
  add("prefix, riskiest", Order::kRisk, [](auto& f) {
    f.bucket = "bucket-7";
    f.prefix = "exports/2026/03/";
  });
  add("failed, newest", Order::kTime, [](auto& f) { f.outcome = "failed"; });
  add("failed for a reason, by key", Order::kKey, [](auto& f) { f.reason = "kms-denied"; });
  add("risk 8-10, newest", Order::kTime, [](auto& f) { f.min_risk = 8; });
  add("risk 3 exactly, newest", Order::kTime, [](auto& f) { f.min_risk = f.max_risk = 3; });
  add("PII type SSN (0.5%), riskiest", Order::kRisk, [](auto& f) { f.pii_type = "SSN"; });
  add("theme of 50 in a million, newest", Order::kTime,
      [](auto& f) { f.theme = "Secret Markings"; });
  add("the same, by key", Order::kKey, [](auto& f) { f.theme = "Secret Markings"; });
  add("SSN and that theme, riskiest", Order::kRisk, [](auto& f) {
    f.pii_type = "SSN";
    f.theme = "Secret Markings";
  });
  add("impact high of an account, newest", Order::kTime, [](auto& f) {
    f.account_id = "100000000002";
    f.pii_impact = "high";
  });
  add("no impact, riskiest", Order::kRisk, [](auto& f) { f.pii_impact = "none"; });
  add("world readable (1 in 100,000), riskiest", Order::kRisk,
      [](auto& f) { f.world_readable = true; });
  add("one key, newest", Order::kTime,
      [](auto& f) { f.key = "exports/2026/00/part-000001234.csv"; });
  add("SSE-KMS (2%), newest", Order::kTime, [](auto& f) { f.server_encryption = "aws:kms"; });
  add("larger than all, newest", Order::kTime, [](auto& f) { f.min_size = 1'000'000; });
  add("a word of the record (0.05%), riskiest", Order::kRisk, [](auto& f) {
    f.record.text = "pdf";
    f.record.accepts = [](std::string_view, std::string_view record) {
      return record.find("application/pdf") != std::string_view::npos;
    };
  });
  add("the first hour, riskiest", Order::kRisk,
      [](auto& f) { f.until_ms = 1'700'000'000'000 + 1'000; });
  return queries;
}

void BenchInsert(assay::Database& database, uint64_t rows) {
  double tenth_seconds = 0;
  double slowest = 0;
  const Clock::time_point start = Clock::now();
  Clock::time_point mark = start;
  for (uint64_t at = 0; at < rows; at += kPage) {
    std::vector<assay::ObjectRow> page;
    for (uint64_t i = at; i < std::min(rows, at + kPage); ++i) page.push_back(MakeObject(i, rows));
    const assay::Status status =
        database.Write([&](assay::Transaction& tx) { return assay::PutObjects(tx, page); });
    if (!status.ok()) Fail(status);
    if ((at / kPage + 1) % std::max<uint64_t>(rows / kPage / 10, 1) == 0) {
      tenth_seconds = SecondsSince(mark);
      slowest = std::max(slowest, tenth_seconds);
      mark = Clock::now();
    }
  }
  const double seconds = SecondsSince(start);
  const double tenth = static_cast<double>(rows) / 10;
  std::printf("\n## Store: inserting %llu objects, %llu a transaction (%s)\n\n",
              static_cast<unsigned long long>(rows), static_cast<unsigned long long>(kPage),
              database.Describe().c_str());
  std::printf("| objects/s | slowest tenth | last tenth | target |\n|---|---|---|---|\n");
  std::printf("| %.0f | %.0f | %.0f | 10,000 |\n", static_cast<double>(rows) / seconds,
              tenth / slowest, tenth / tenth_seconds);
}

void BenchQuery(assay::Database& database, const Query& query) {
  std::vector<double> runs;
  size_t found = 0;
  bool more = false;
  for (int run = 0; run < kRuns; ++run) {
    std::string token;
    for (int page = 0; page < query.pages; ++page) {
      const Clock::time_point start = Clock::now();
      const assay::Status status = database.Read([&](assay::Transaction& tx) -> assay::Status {
        ASSAY_ASSIGN_OR_RETURN(const assay::ObjectPage got,
                               ListObjects(tx, query.filter, query.order, token, kListed));
        found = got.objects.size();
        token = got.next;
        return assay::Status::Ok();
      });
      if (!status.ok()) Fail(status);
      if (page + 1 == query.pages) runs.push_back(SecondsSince(start) * 1'000);
    }
    more = !token.empty();
  }
  const double first = runs.front();
  std::sort(runs.begin(), runs.end());
  std::printf("| %s | %.1f | %.1f | %.1f | %zu%s | 100 |\n", query.name, first,
              runs[runs.size() / 2], runs.back(), found, more ? "+" : "");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const bool only_inserts = argc == 4 && std::string_view(argv[3]) == "inserts";
  if (argc != 3 && !only_inserts) {
    std::fprintf(stderr, "usage: store_bench URL ROWS [inserts]\n");
    return 2;
  }
  const uint64_t rows = std::max(1'000ULL, std::strtoull(argv[2], nullptr, 10));
  assay::DatabaseOptions options;
  options.url = argv[1];
  auto database = assay::Database::Open(options);
  if (!database.ok()) Fail(database.status());
  BenchInsert(**database, rows);
  if (only_inserts) return 0;
  std::printf("\n## Store: pages of %u at %llu objects, milliseconds\n\n", kListed,
              static_cast<unsigned long long>(rows));
  std::printf(
      "| list | first | median of %d | worst | rows | target |\n|---|---|---|---|---|---|\n",
      kRuns);
  for (const Query& query : Queries()) BenchQuery(**database, query);
  return 0;
}
