// Values of statements and results in the binary format of PostgreSQL's wire.
//
// Thread rule: objects of one thread.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace assay {

using SqlRows = std::span<const std::vector<SqlValue>>;

// Bytes of the text or blob that a value is; 0 for all others.
size_t PayloadBytes(const SqlValue& value);
std::vector<Oid> TypesOf(std::span<const SqlValue> values);
// For each column whether it has one value in all of the rows, which is not NULL. At least one
// column has not: it says how many rows there are.
std::vector<bool> AlikeColumns(SqlRows rows);

// The values of one statement. They point into what it was made of, which must outlive it.
class PostgresParameters {
 public:
  explicit PostgresParameters(std::span<const SqlValue> values)
      : PostgresParameters(values, {}, {}) {}
  // `values`, and behind them for each column of `rows` an array, or its one value if it is
  // `alike`.
  PostgresParameters(std::span<const SqlValue> values, SqlRows rows,
                     const std::vector<bool>& alike);

  int count() const { return static_cast<int>(data_.size()); }
  const std::vector<Oid>& types() const { return types_; }
  const char* const* data() const { return data_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void Add(const SqlValue& value, size_t i);
  void AddNumber(uint64_t number, size_t i);
  void AddBytes(std::string_view bytes);

  std::vector<Oid> types_;
  std::vector<uint64_t> numbers_;
  std::vector<std::string> texts_;  // reserved: data_ points into it
  std::vector<const char*> data_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

// A row of a result, which must outlive it.
class PostgresRow : public SqlRow {
 public:
  PostgresRow(const PGresult* result, int row) : result_(result), row_(row) {}
  bool IsNull(size_t column) const override {
    return PQgetisnull(result_, row_, static_cast<int>(column)) == 1;
  }
  int64_t Int(size_t column) const override;
  double Real(size_t column) const override;
  std::string Text(size_t column) const override { return std::string(Value(column)); }
  std::string Bytes(size_t column) const override { return std::string(Value(column)); }

 private:
  std::string_view Value(size_t column) const;

  const PGresult* const result_;
  const int row_;
};

}  // namespace assay
