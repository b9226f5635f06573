// PathColumns: numbers the paths of nested records ("$.a.b[2]") as columns of a table.
//
// Thread rule: one thread. Header only: also part of the columnar plug-in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace assay {

class PathColumns {
 public:
  // Paths beyond this many share one column without a name: list indices come from the file.
  static constexpr uint32_t kMaxPaths = 65536;
  // Those that would make the paths together longer than this do, too.
  static constexpr size_t kMaxBytes = 16 << 20;

  // The column of `path`; `name_column(column, name, path)` is called when it is new.
  template <typename NameColumn>
  uint32_t Of(const std::string& path, std::string_view name, NameColumn&& name_column) {
    const auto found = columns_.find(path);
    if (found != columns_.end()) return found->second;
    if (columns_.size() >= kMaxPaths || bytes_ + path.size() > kMaxBytes) return kMaxPaths;
    bytes_ += path.size();
    const auto column = static_cast<uint32_t>(columns_.size());
    columns_.emplace(path, column);
    name_column(column, name, path);
    return column;
  }

 private:
  std::unordered_map<std::string, uint32_t> columns_;
  size_t bytes_ = 0;
};

}  // namespace assay
