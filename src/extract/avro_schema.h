// The schema of an Avro file (Apache Avro 1.11 specification), resolved to a graph of nodes.
//
// Thread rule: immutable after Parse.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace assay {

enum class AvroType {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kFixed,
  kEnum,
  kRecord,
  kArray,
  kMap,
  kUnion,
};

struct AvroNode {
  AvroType type = AvroType::kNull;
  uint64_t fixed_size = 0;
  std::vector<std::string> names;         // of the fields of a record, the symbols of an enum
  std::vector<const AvroNode*> children;  // fields, branches, or the one item type; may be cyclic
};

class AvroSchema {
 public:
  // kDataLoss: not a schema. kResourceExhausted: too deep or too large.
  static Result<AvroSchema> Parse(std::string_view json);
  const AvroNode& root() const { return *root_; }

 private:
  friend class AvroSchemaParser;
  std::vector<std::unique_ptr<AvroNode>> nodes_;
  const AvroNode* root_ = nullptr;
};

}  // namespace assay
