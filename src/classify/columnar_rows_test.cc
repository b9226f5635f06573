#include "classify/columnar_rows.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "classify/classifier_process.h"

namespace assay {
namespace {

std::string Fixture(const std::string& name) {
  std::ifstream file(std::string(ASSAY_GOLDEN) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Rows {
  Status status;
  std::string csv;
};

Rows Read(const std::string& bytes, ColumnarFormat format, std::vector<std::string> columns,
          const std::atomic<bool>* cancel = nullptr) {
  const Result<UniqueFd> file = MakeMemfd("columnar-rows-test", 0);
  EXPECT_TRUE(file.ok());
  EXPECT_EQ(write(file->get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  ColumnarRowsRequest request;
  request.program = ASSAY_CLASSIFIER;
  request.format = format;
  request.columns = std::move(columns);
  request.file = file->get();
  request.timeout_ms = 60'000;
  request.cancel = cancel;
  Rows rows;
  rows.status = ReadColumnarRows(request, [&](std::string_view piece) {
    rows.csv += piece;
    return Status::Ok();
  });
  return rows;
}

TEST(ColumnarRows, GivesTheColumnsInTheOrderWanted) {
  for (const auto& [name, format] : {std::pair("people.parquet.in", ColumnarFormat::kParquet),
                                     std::pair("people.orc.in", ColumnarFormat::kOrc)}) {
    const Rows rows = Read(Fixture(name), format, {"card", "no_such_column", "name"});
    ASSERT_TRUE(rows.status.ok()) << name << ": " << rows.status.ToString();
    EXPECT_EQ(rows.csv.substr(0, rows.csv.find('\n')), "\"4111111111111111\",\"\",\"Maria Lopez\"");
  }
}

TEST(ColumnarRows, RefusesWhatIsNoSuchFile) {
  EXPECT_EQ(
      Read("PAR1 and then nothing of the kind", ColumnarFormat::kParquet, {"a"}).status.code(),
      StatusCode::kDataLoss);
  EXPECT_EQ(Read("", ColumnarFormat::kOrc, {"a"}).status.code(), StatusCode::kDataLoss);
  const std::string whole = Fixture("people.parquet.in");
  const std::string cut = whole.substr(0, whole.size() / 2);
  EXPECT_EQ(Read(cut, ColumnarFormat::kParquet, {"name"}).status.code(), StatusCode::kDataLoss);
}

TEST(ColumnarRows, EndsWhenTold) {
  const std::atomic<bool> cancel{true};
  EXPECT_EQ(Read(Fixture("people.orc.in"), ColumnarFormat::kOrc, {"name"}, &cancel).status.code(),
            StatusCode::kCancelled);
  const Result<UniqueFd> file = MakeMemfd("columnar-rows-test", 0);
  ColumnarRowsRequest request;
  request.program = "/nonexistent/assay-classifier";
  request.file = file->get();
  EXPECT_FALSE(ReadColumnarRows(request, [](std::string_view) { return Status::Ok(); }).ok());
}

}  // namespace
}  // namespace assay
