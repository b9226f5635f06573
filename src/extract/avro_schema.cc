#include "extract/avro_schema.h"

#include <simdjson.h>

#include <array>
#include <unordered_map>
#include <utility>

namespace assay {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxNodes = 100'000;

using simdjson::dom::element;
using simdjson::dom::object;

struct Primitive {
  std::string_view name;
  AvroType type;
};
constexpr std::array<Primitive, 8> kPrimitives = {{{"null", AvroType::kNull},
                                                   {"boolean", AvroType::kBoolean},
                                                   {"int", AvroType::kInt},
                                                   {"long", AvroType::kLong},
                                                   {"float", AvroType::kFloat},
                                                   {"double", AvroType::kDouble},
                                                   {"bytes", AvroType::kBytes},
                                                   {"string", AvroType::kString}}};

std::string_view Text(const object& from, std::string_view key) {
  std::string_view text;
  if (from[key].get(text) != simdjson::SUCCESS) return {};
  return text;
}

}  // namespace

class AvroSchemaParser {
 public:
  explicit AvroSchemaParser(AvroSchema* schema) : schema_(schema) {}

  Result<const AvroNode*> Parse(const element& json, const std::string& scope, int depth) {
    if (depth > kMaxDepth || schema_->nodes_.size() > kMaxNodes) {
      return ResourceExhausted("avro schema too deep or too large");
    }
    if (json.is_string()) return ByName(json.get_string().value_unsafe(), scope);
    if (json.is_array()) return Union(json, scope, depth);
    object definition;
    if (json.get(definition) != simdjson::SUCCESS) return DataLoss("avro schema");
    element type;
    if (definition["type"].get(type) != simdjson::SUCCESS) return DataLoss("avro schema");
    if (!type.is_string()) return Parse(type, scope, depth + 1);
    return Definition(definition, type.get_string().value_unsafe(), scope, depth);
  }

 private:
  AvroNode* New(AvroType type) {
    schema_->nodes_.push_back(std::make_unique<AvroNode>());
    schema_->nodes_.back()->type = type;
    return schema_->nodes_.back().get();
  }

  Result<const AvroNode*> ByName(std::string_view name, const std::string& scope) {
    for (const Primitive& primitive : kPrimitives) {
      if (primitive.name == name) return New(primitive.type);
    }
    auto found = named_.find(FullName(name, scope));
    if (found == named_.end()) found = named_.find(std::string(name));
    if (found == named_.end()) return DataLoss("avro schema names an unknown type");
    return found->second;
  }

  Result<const AvroNode*> Union(const element& json, const std::string& scope, int depth) {
    AvroNode* node = New(AvroType::kUnion);
    simdjson::dom::array branches;
    if (json.get(branches) != simdjson::SUCCESS) return DataLoss("avro schema");
    for (const element branch : branches) {
      ASSAY_ASSIGN_OR_RETURN(const AvroNode* child, Parse(branch, scope, depth + 1));
      node->children.push_back(child);
    }
    return node;
  }

  Result<const AvroNode*> Definition(const object& definition, std::string_view type,
                                     const std::string& scope, int depth) {
    if (type == "array" || type == "map") {
      element items;
      if (definition[type == "array" ? "items" : "values"].get(items) != simdjson::SUCCESS) {
        return DataLoss("avro schema");
      }
      AvroNode* node = New(type == "array" ? AvroType::kArray : AvroType::kMap);
      ASSAY_ASSIGN_OR_RETURN(const AvroNode* child, Parse(items, scope, depth + 1));
      node->children.push_back(child);
      return node;
    }
    if (type == "fixed" || type == "enum" || type == "record" || type == "error") {
      return Named(definition, type, scope, depth);
    }
    return ByName(type, scope);
  }

  Result<const AvroNode*> Named(const object& definition, std::string_view type,
                                const std::string& scope, int depth) {
    const std::string_view name = Text(definition, "name");
    const std::string_view space = Text(definition, "namespace");
    const std::string full = FullName(name, space.empty() ? scope : std::string(space));
    const size_t dot = full.rfind('.');
    const std::string inner_scope = dot == std::string::npos ? "" : full.substr(0, dot);
    if (type == "fixed") {
      AvroNode* node = New(AvroType::kFixed);
      uint64_t size = 0;
      if (definition["size"].get(size) != simdjson::SUCCESS) return DataLoss("avro schema");
      node->fixed_size = size;
      named_.emplace(full, node);
      return node;
    }
    if (type == "enum") {
      AvroNode* node = New(AvroType::kEnum);
      simdjson::dom::array symbols;
      if (definition["symbols"].get(symbols) != simdjson::SUCCESS) return DataLoss("avro schema");
      for (const element symbol : symbols) {
        std::string_view text;
        if (symbol.get(text) != simdjson::SUCCESS) return DataLoss("avro schema");
        node->names.emplace_back(text);
      }
      named_.emplace(full, node);
      return node;
    }
    AvroNode* node = New(AvroType::kRecord);
    named_.emplace(full, node);  // before its fields: a record may hold itself
    simdjson::dom::array fields;
    if (definition["fields"].get(fields) != simdjson::SUCCESS) return DataLoss("avro schema");
    for (const element field : fields) {
      object parts;
      element field_type;
      if (field.get(parts) != simdjson::SUCCESS ||
          parts["type"].get(field_type) != simdjson::SUCCESS) {
        return DataLoss("avro schema");
      }
      ASSAY_ASSIGN_OR_RETURN(const AvroNode* child, Parse(field_type, inner_scope, depth + 1));
      node->names.emplace_back(Text(parts, "name"));
      node->children.push_back(child);
    }
    return node;
  }

  static std::string FullName(std::string_view name, const std::string& scope) {
    if (scope.empty() || name.find('.') != std::string_view::npos) return std::string(name);
    return scope + "." + std::string(name);
  }

  AvroSchema* schema_;
  std::unordered_map<std::string, const AvroNode*> named_;
};

Result<AvroSchema> AvroSchema::Parse(std::string_view json) {
  simdjson::dom::parser parser;
  element document;
  const simdjson::padded_string padded(json);
  if (parser.parse(padded).get(document) != simdjson::SUCCESS) return DataLoss("avro schema");
  AvroSchema schema;
  ASSAY_ASSIGN_OR_RETURN(schema.root_, AvroSchemaParser(&schema).Parse(document, "", 0));
  return schema;
}

}  // namespace assay
