#include <arrow/extension_type.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <charconv>

#include "extract/columnar_cells.h"

namespace assay {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxPathName = 256;

// Binary values are text when no byte is one that text never has.
bool LooksLikeText(std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 9 || (byte > 13 && byte < 32) || byte == 127) return false;
  }
  return true;
}

}  // namespace

bool ColumnarCells::Write(const arrow::RecordBatch& batch) {
  const arrow::Schema& schema = *batch.schema();
  for (int64_t row = 0; row < batch.num_rows(); row++) {
    for (int i = 0; i < batch.num_columns(); i++) {
      const std::string& name = schema.field(i)->name();
      path_.assign("$.").append(name, 0, kMaxPathName);
      Value(*batch.column(i), row, name, 0);
    }
    if (!host_->EndRow()) return false;
  }
  return true;
}

void ColumnarCells::Value(const arrow::Array& array, int64_t at, std::string_view name, int depth) {
  if (depth > kMaxDepth || array.IsNull(at)) return;
  switch (array.type_id()) {
    case arrow::Type::NA:
      return;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return Text(name, static_cast<const arrow::BinaryArray&>(array).GetView(at));
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
      return Text(name, static_cast<const arrow::LargeBinaryArray&>(array).GetView(at));
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW:
      return Text(name, static_cast<const arrow::BinaryViewArray&>(array).GetView(at));
    case arrow::Type::FIXED_SIZE_BINARY:
      return Text(name, static_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(at));
    case arrow::Type::INT8:
      return Number<arrow::Int8Array>(array, at, name);
    case arrow::Type::INT16:
      return Number<arrow::Int16Array>(array, at, name);
    case arrow::Type::INT32:
      return Number<arrow::Int32Array>(array, at, name);
    case arrow::Type::INT64:
      return Number<arrow::Int64Array>(array, at, name);
    case arrow::Type::UINT8:
      return Number<arrow::UInt8Array>(array, at, name);
    case arrow::Type::UINT16:
      return Number<arrow::UInt16Array>(array, at, name);
    case arrow::Type::UINT32:
      return Number<arrow::UInt32Array>(array, at, name);
    case arrow::Type::UINT64:
      return Number<arrow::UInt64Array>(array, at, name);
    case arrow::Type::FLOAT:
      return Number<arrow::FloatArray>(array, at, name);
    case arrow::Type::DOUBLE:
      return Number<arrow::DoubleArray>(array, at, name);
    case arrow::Type::STRUCT:
      return Struct(array, at, depth);
    case arrow::Type::LIST:
    case arrow::Type::MAP:
      return List<arrow::ListArray>(array, at, name, depth);
    case arrow::Type::LARGE_LIST:
      return List<arrow::LargeListArray>(array, at, name, depth);
    case arrow::Type::FIXED_SIZE_LIST:
      return List<arrow::FixedSizeListArray>(array, at, name, depth);
    case arrow::Type::DICTIONARY: {
      const auto& encoded = static_cast<const arrow::DictionaryArray&>(array);
      return Value(*encoded.dictionary(), encoded.GetValueIndex(at), name, depth + 1);
    }
    case arrow::Type::EXTENSION:
      return Value(*static_cast<const arrow::ExtensionArray&>(array).storage(), at, name,
                   depth + 1);
    default:
      return Other(array, at, name);
  }
}

void ColumnarCells::Struct(const arrow::Array& array, int64_t at, int depth) {
  const auto& parts = static_cast<const arrow::StructArray&>(array);
  const size_t length = path_.size();
  for (int i = 0; i < parts.num_fields(); i++) {
    const std::string& name = parts.struct_type()->field(i)->name();
    path_.append(".").append(name, 0, kMaxPathName);
    Value(*parts.field(i), at, name, depth + 1);
    path_.resize(length);
  }
}

template <typename ListArray>
void ColumnarCells::List(const arrow::Array& array, int64_t at, std::string_view name, int depth) {
  const auto& list = static_cast<const ListArray&>(array);
  const int64_t begin = list.value_offset(at);
  Items(*list.values(), begin, begin + list.value_length(at), name, depth);
}

void ColumnarCells::Items(const arrow::Array& items, int64_t begin, int64_t end,
                          std::string_view name, int depth) {
  const size_t length = path_.size();
  for (int64_t i = begin; i < end; i++) {
    path_.append("[").append(std::to_string(i - begin)).append("]");
    Value(items, i, name, depth + 1);
    path_.resize(length);
  }
}

template <typename TypedArray>
void ColumnarCells::Number(const arrow::Array& array, int64_t at, std::string_view name) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof(digits),
                                 +static_cast<const TypedArray&>(array).Value(at));
  Cell(name, {digits, static_cast<size_t>(end.ptr - digits)});
}

void ColumnarCells::Text(std::string_view name, std::string_view bytes) {
  if (!bytes.empty() && LooksLikeText(bytes)) Cell(name, bytes);
}

// Dates, times, decimals and the rarer types, in Arrow's own notation.
void ColumnarCells::Other(const arrow::Array& array, int64_t at, std::string_view name) {
  const auto scalar = array.GetScalar(at);
  if (scalar.ok() && (*scalar)->is_valid) Cell(name, (*scalar)->ToString());
}

void ColumnarCells::Cell(std::string_view name, std::string_view text) {
  const uint32_t column = columns_.Of(
      path_, name, [this](uint32_t at, std::string_view column_name, const std::string& path) {
        host_->NameColumn(at, column_name, path);
      });
  host_->AddCell(column, text);
}

}  // namespace assay
