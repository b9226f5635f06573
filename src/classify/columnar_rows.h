// Rows of a Parquet or ORC file for a caller that wants its columns and not what is sensitive in
// it. Such files are hostile bytes like any other: a fresh `assay-classifier --rows` parses them,
// locked in like every classifier, and hands out CSV.
//
// Thread rule: free function; several may run at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extract/columnar_api.h"

namespace assay {

struct ColumnarRowsRequest {
  std::string program;  // path of assay-classifier; "" = beside this program
  ColumnarFormat format = ColumnarFormat::kParquet;
  // Top-level columns, in the order wanted. Names have neither ',' nor '='.
  std::vector<std::string> columns;
  int file = -1;                              // descriptor of a memfd that holds the whole file
  uint32_t timeout_ms = 600'000;              // of the whole file
  const std::atomic<bool>* cancel = nullptr;  // may be null
};

// Gives the rows to `take` in pieces of CSV: every field quoted, a line feed after every row, and
// an empty field where a row has no value. Ends early with the error of `take`. kDataLoss: the file
// is damaged, or its reader crashed; kUnimplemented: no columnar plug-in, or a flavour it does not
// read; kResourceExhausted, kDeadlineExceeded, kCancelled.
Status ReadColumnarRows(const ColumnarRowsRequest& request,
                        const std::function<Status(std::string_view)>& take);

}  // namespace assay
