#include "store/postgres_values.h"

#include <endian.h>

#include <algorithm>
#include <bit>

#include "store/sql_text.h"

namespace assay {
namespace {

// Types of pg_type that appear in our statements; they never change.
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kFloat8 = 701;
constexpr Oid kByteaArray = 1001;
constexpr Oid kTextArray = 1009;
constexpr Oid kInt8Array = 1016;
constexpr Oid kFloat8Array = 1022;

Oid TypeOf(const SqlValue& value) {
  if (std::holds_alternative<int64_t>(value)) return kInt8;
  if (std::holds_alternative<double>(value)) return kFloat8;
  if (TextOf(value)) return kText;
  if (BytesOf(value)) return kBytea;
  return 0;  // NULL: the server tells by the place
}

Oid ArrayOf(Oid type) {
  if (type == kInt8) return kInt8Array;
  if (type == kFloat8) return kFloat8Array;
  return type == kBytea ? kByteaArray : kTextArray;
}

void AppendNumber32(uint32_t number, std::string* out) {
  const uint32_t wire = htobe32(number);
  out->append(reinterpret_cast<const char*>(&wire), sizeof wire);
}

void AppendItem(std::string_view bytes, std::string* out) {
  AppendNumber32(static_cast<uint32_t>(bytes.size()), out);
  out->append(bytes);
}

void AppendItem64(uint64_t number, std::string* out) {
  const uint64_t wire = htobe64(number);
  AppendItem({reinterpret_cast<const char*>(&wire), sizeof wire}, out);
}

void AppendValue(const SqlValue& value, std::string* out) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    AppendItem64(static_cast<uint64_t>(*number), out);
  } else if (const auto* real = std::get_if<double>(&value)) {
    AppendItem64(std::bit_cast<uint64_t>(*real), out);
  } else if (const auto text = TextOf(value)) {
    IsSqlText(*text) ? AppendItem(*text, out) : AppendItem(ToSqlText(*text), out);
  } else if (const auto bytes = BytesOf(value)) {
    AppendItem(*bytes, out);
  } else {
    AppendNumber32(UINT32_MAX, out);  // NULL
  }
}

// An array of one dimension: dimensions, whether it has NULLs, type, length, first index, values.
std::string EncodeArray(SqlRows rows, size_t column, Oid type) {
  // At most; more only for text that has to be mended.
  size_t bytes = 5 * sizeof(uint32_t) + rows.size() * (sizeof(uint32_t) + sizeof(uint64_t));
  for (const std::vector<SqlValue>& row : rows) bytes += PayloadBytes(row[column]);
  std::string out;
  out.reserve(bytes);
  for (const uint32_t number : {1U, 1U, type, static_cast<uint32_t>(rows.size()), 1U}) {
    AppendNumber32(number, &out);
  }
  for (const std::vector<SqlValue>& row : rows) AppendValue(row[column], &out);
  return out;
}

bool IsSame(const SqlValue& a, const SqlValue& b) {
  if (const auto* number = std::get_if<int64_t>(&a)) {
    const auto* other = std::get_if<int64_t>(&b);
    return other != nullptr && *number == *other;
  }
  if (const auto* real = std::get_if<double>(&a)) {
    const auto* other = std::get_if<double>(&b);
    return other != nullptr && std::bit_cast<uint64_t>(*real) == std::bit_cast<uint64_t>(*other);
  }
  return TextOf(a) == TextOf(b) && BytesOf(a) == BytesOf(b);
}

uint64_t Number(std::string_view bytes) {
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

}  // namespace

size_t PayloadBytes(const SqlValue& value) {
  if (const auto text = TextOf(value)) return text->size();
  return BytesOf(value).value_or(std::string_view()).size();
}

std::vector<Oid> TypesOf(std::span<const SqlValue> values) {
  std::vector<Oid> types;
  types.reserve(values.size());
  for (const SqlValue& value : values) types.push_back(TypeOf(value));
  return types;
}

std::vector<bool> AlikeColumns(SqlRows rows) {
  const size_t columns = rows.empty() ? 0 : rows.front().size();
  std::vector<bool> alike(columns, true);
  bool some_differ = false;
  for (size_t i = 0; i < columns; ++i) {
    const SqlValue& first = rows.front()[i];
    alike[i] = TypeOf(first) != 0 &&
               std::all_of(rows.begin() + 1, rows.end(),
                           [&](const std::vector<SqlValue>& row) { return IsSame(row[i], first); });
    some_differ = some_differ || !alike[i];
  }
  if (columns > 0 && !some_differ) alike.front() = false;
  return alike;
}

PostgresParameters::PostgresParameters(std::span<const SqlValue> values, SqlRows rows,
                                       const std::vector<bool>& alike)
    : types_(TypesOf(values)) {
  const size_t columns = rows.empty() ? 0 : rows.front().size();
  numbers_.resize(values.size() + columns);
  texts_.reserve(values.size() + columns);
  for (size_t i = 0; i < values.size(); ++i) Add(values[i], i);
  for (size_t i = 0; i < columns; ++i) {
    const Oid type = TypeOf(rows.front()[i]);
    if (alike[i]) {
      types_.push_back(type);
      Add(rows.front()[i], values.size() + i);
      continue;
    }
    texts_.push_back(EncodeArray(rows, i, type));
    types_.push_back(ArrayOf(type));
    AddBytes(texts_.back());
  }
  formats_.assign(data_.size(), 1);
}

void PostgresParameters::Add(const SqlValue& value, size_t i) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    AddNumber(static_cast<uint64_t>(*number), i);
  } else if (const auto* real = std::get_if<double>(&value)) {
    AddNumber(std::bit_cast<uint64_t>(*real), i);
  } else if (const auto text = TextOf(value)) {
    if (IsSqlText(*text)) {
      AddBytes(*text);
    } else {
      texts_.push_back(ToSqlText(*text));
      AddBytes(texts_.back());
    }
  } else if (const auto bytes = BytesOf(value)) {
    AddBytes(*bytes);
  } else {
    data_.push_back(nullptr);
    lengths_.push_back(0);
  }
}

void PostgresParameters::AddNumber(uint64_t number, size_t i) {
  numbers_[i] = htobe64(number);
  data_.push_back(reinterpret_cast<const char*>(&numbers_[i]));
  lengths_.push_back(sizeof(uint64_t));
}

void PostgresParameters::AddBytes(std::string_view bytes) {
  data_.push_back(bytes.empty() ? "" : bytes.data());  // a null pointer would be NULL
  lengths_.push_back(static_cast<int>(bytes.size()));
}

int64_t PostgresRow::Int(size_t column) const {
  const std::string_view bytes = Value(column);
  switch (PQftype(result_, static_cast<int>(column))) {
    case kFloat8:
      return static_cast<int64_t>(Real(column));
    case kBool:
      return bytes == "\x01" ? 1 : 0;
    case kInt2:
      return bytes.size() == 2 ? static_cast<int16_t>(Number(bytes)) : 0;
    case kInt4:
      return bytes.size() == 4 ? static_cast<int32_t>(Number(bytes)) : 0;
    default:
      return bytes.size() == 8 ? static_cast<int64_t>(Number(bytes)) : 0;
  }
}

double PostgresRow::Real(size_t column) const {
  if (PQftype(result_, static_cast<int>(column)) != kFloat8) {
    return static_cast<double>(Int(column));
  }
  const std::string_view bytes = Value(column);
  return bytes.size() == 8 ? std::bit_cast<double>(Number(bytes)) : 0.0;
}

std::string_view PostgresRow::Value(size_t column) const {
  const int index = static_cast<int>(column);
  if (IsNull(column)) return {};
  return {PQgetvalue(result_, row_, index), static_cast<size_t>(PQgetlength(result_, row_, index))};
}

}  // namespace assay
