// Arrow arrays to cells: part of the columnar plug-in.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "extract/columnar_api.h"
#include "extract/path_columns.h"

namespace assay {

// Writes rows of record batches to a host, nested types flattened to paths ("$.a.b[2]").
class ColumnarCells {
 public:
  explicit ColumnarCells(ColumnarHost* host) : host_(host) {}
  // False: the host said stop. The batch must have been validated.
  bool Write(const arrow::RecordBatch& batch);

 private:
  void Value(const arrow::Array& array, int64_t at, std::string_view name, int depth);
  void Struct(const arrow::Array& array, int64_t at, int depth);
  template <typename ListArray>
  void List(const arrow::Array& array, int64_t at, std::string_view name, int depth);
  void Items(const arrow::Array& items, int64_t begin, int64_t end, std::string_view name,
             int depth);
  template <typename TypedArray>
  void Number(const arrow::Array& array, int64_t at, std::string_view name);
  void Text(std::string_view name, std::string_view bytes);
  void Other(const arrow::Array& array, int64_t at, std::string_view name);
  void Cell(std::string_view name, std::string_view text);

  ColumnarHost* host_;
  PathColumns columns_;
  std::string path_;
};

}  // namespace assay
